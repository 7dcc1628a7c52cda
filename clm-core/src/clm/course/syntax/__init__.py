"""The syntax of course specs: their keys, and reading and writing them as YAML and XML."""
