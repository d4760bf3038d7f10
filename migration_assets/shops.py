"""Code locations of many migrations in one UI: `shops.NAME` is the one of `migrations/NAME.yaml`.

A workspace names this module and, as its attribute, the migration. Dagster loads each location in a process of its
own, and each run again by the same module and attribute: so one shop's broken map, wrong key or crash is its own.
"""

import os
from typing import Any


def __getattr__(name: str) -> Any:
    """
    Raises:
        SettingsError: the file of this migration has mistakes; other locations load all the same.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    from migration_assets.migration_file import migration_names

    if name not in migration_names():
        raise AttributeError(f"there is no migration {name}")
    os.environ["MIGRATION"] = name
    from migration_assets.definitions import defs

    return defs
