"""Runs the platform's Dagster jobs from a command, on the same instance that the UI shows. Plain Python, no click."""
