"""Design tokens that all pages of CLM share, and the themes of courses that change them."""
