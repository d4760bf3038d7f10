"""Do the staged rows hold what the source and the map say? Read a second way."""
