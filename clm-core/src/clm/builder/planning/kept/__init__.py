"""What earlier checks have found, for as long as all that they depend on is the same."""
