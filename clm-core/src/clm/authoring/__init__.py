"""Creation of courses, topics, decks and plugins from templates and plugins' starters."""
