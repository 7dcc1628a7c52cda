"""Planning of the jobs of decks."""
