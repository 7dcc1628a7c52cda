"""The results cache: results of jobs by key, with their bytes by digest."""
