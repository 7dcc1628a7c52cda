"""Results cache: results of jobs by key, with their content by digest."""
