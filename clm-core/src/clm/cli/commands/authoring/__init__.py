"""Commands that create and convert courses and parts of them."""
