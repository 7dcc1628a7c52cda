"""Jobs on another machine."""
