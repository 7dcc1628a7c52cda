"""Pages and slide shows: HTML that needs nothing but itself."""
