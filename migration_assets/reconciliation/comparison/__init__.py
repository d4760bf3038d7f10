"""Expected rows beside actual ones, field by field."""
