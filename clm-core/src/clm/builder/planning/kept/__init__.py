"""What earlier plans and checks have found, for as long as what it was made from is the same."""
