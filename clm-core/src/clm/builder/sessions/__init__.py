"""Sessions of builds: their databases and backend, for one build or for those of a watch."""
