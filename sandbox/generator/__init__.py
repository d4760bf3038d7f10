"""Writes dataset folders: the same bytes for the same seed, streamed, in the form of docs/sandbox.md."""
