"""Names of tags that every ticket may carry, and how long one may be. No asset here: tags.py is it."""

AI_IGNORE = "ai_ignore"
"""Gorgias's AI Agent leaves a ticket with this tag alone (gorgias-api.md 8); on every imported ticket, always."""
TAG_LENGTH = 256
