"""Commands: a module for each command or group, imported on use."""
