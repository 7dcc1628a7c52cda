"""What goes along with a course: requirements, README and links to notebooks."""
