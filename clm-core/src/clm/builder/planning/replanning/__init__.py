"""Planning of what has changed only, where that gives the plan of the whole course."""
