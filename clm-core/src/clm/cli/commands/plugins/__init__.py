"""Commands for plugins and the tools that they need."""
