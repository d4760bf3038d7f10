"""Rows of staging.tickets, staging.messages and staging.attachments."""
