"""Adapters to the outside: the two APIs, the warehouse, the ledger. Plain Python inside, a thin Dagster
resource on top. Nothing here knows a stage, an asset or a setting's variable."""
