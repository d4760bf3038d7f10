"""A strict stand-in for the Gorgias REST API: what the reference says is refused, this refuses."""
