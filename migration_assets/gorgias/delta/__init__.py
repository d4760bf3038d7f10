"""What changed at the source since the load, merged with what Gorgias holds."""
