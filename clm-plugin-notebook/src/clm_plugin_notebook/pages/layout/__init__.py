"""What pages have around their cells: styles, brand, links to the site, additions of plugins."""
