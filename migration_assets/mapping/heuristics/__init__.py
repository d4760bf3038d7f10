"""How a field of the source is recognised by its name, its values and its options."""
