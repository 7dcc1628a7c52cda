"""What a build or validation has found of a whole course, kept until anything changes."""
