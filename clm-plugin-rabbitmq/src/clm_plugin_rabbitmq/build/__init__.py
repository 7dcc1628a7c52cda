"""The building side: publishes jobs, and collects what workers say about them."""
