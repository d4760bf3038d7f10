"""Documents about what was not moved, and where it is."""
