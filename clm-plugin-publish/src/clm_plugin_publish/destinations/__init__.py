"""Where a course is published: folders, archives, repositories, Moodle and other machines."""
