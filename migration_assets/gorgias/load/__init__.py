"""The first writing of every object: its request bodies, in the order of dependency."""
