"""Extensions of decks and pages by other plugins."""
