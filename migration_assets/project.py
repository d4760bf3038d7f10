"""The code location of a `dg` project: all migrations of its folder, each a component, in one process.

`pyproject.toml` names this module (docs/many-shops.md). Each run has a process of its own all the same and works for
one migration (process_migrations.py). It belongs here: nothing but loading them. It does not: a code location for each
(shops.py), which one broken file cannot close for the others.
"""

import sys
from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """Of the project in whose folder this process was started."""
    folder = Path.cwd()
    # Dagster imports the folder of components as a package, and one that holds no code is not to be installed.
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return dg.load_from_defs_folder(path_within_project=folder)
