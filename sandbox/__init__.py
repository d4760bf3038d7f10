"""Ivinex and Gorgias as local servers, a dataset generator, and faults. Depends on nothing else of this project."""
