"""What jobs and assets of a migration are called where several share one Dagster instance: its name comes first.

A migration without a file has no name, and everything is called as the code says. It belongs here: the rule for one
name. It does not: the definitions that bear it (shared_instance.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

MIGRATION_TAG = "migrate/migration"
"""Of each run: the queue takes the runs of one migration in turn, and lets others go on beside (dagster.yaml)."""


def own_name(migration: str, name: str) -> str:
    """Of a job, a schedule or a sensor."""
    return f"{migration}_{name}" if migration else name


def plain_name(migration: str, name: str) -> str:
    """The job as the code calls it; of another migration's, its whole name, which no job of this one has."""
    return name.removeprefix(f"{migration}_") if migration else name


def own_path(migration: str, path: Sequence[str]) -> list[str]:
    """Of an asset's key."""
    return [migration, *path] if migration else [*path]


def own_op(migration: str, name: str) -> str:
    """Of an op: those of several migrations in one code location must differ."""
    return f"{migration}__{name}" if migration else name


def plain_step(migration: str, key: str) -> str:
    """A step as the code calls its asset, `gorgias/users`."""
    return key.removeprefix(own_op(migration, "")).replace("__", "/")


def is_own(migration: str, job: str, asset_keys: Sequence[Any] | None, tags: Mapping[str, str]) -> bool:
    """Whether a run of the instance is one of this migration.

    The names of two may begin alike (`shop1`, `shop1_old`), so that of a job decides only where nothing else does.
    """
    if not migration:
        return True
    if MIGRATION_TAG in tags:
        return tags[MIGRATION_TAG] == migration
    if asset_keys:
        return any(key.path[0] == migration for key in asset_keys)
    return job.startswith(f"{migration}_")
