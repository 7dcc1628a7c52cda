"""Commands: packages by what they work on, a module for each command or group, imported on use."""
