"""Workers in containers, started by the command line of Docker or Podman."""
