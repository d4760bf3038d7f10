"""Tabs, fields and users of the source, as the API describes them."""
