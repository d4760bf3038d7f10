"""Rows of what tickets refer to: teams, tags, custom fields."""
