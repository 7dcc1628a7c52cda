"""Publishing of a course in the folder of a web server."""
