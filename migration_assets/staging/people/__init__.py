"""Rows of staging.users and staging.customers."""
