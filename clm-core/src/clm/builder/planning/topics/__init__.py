"""Planning of the topics of a course: their sources, and what is generated for them."""
