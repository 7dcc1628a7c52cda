"""Workers behind a pipe: engines that run jobs elsewhere, and the holders of their pipes."""
