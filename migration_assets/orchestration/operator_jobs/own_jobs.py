"""The jobs of this code location, for a job that runs others of them in its own process.

It belongs here: finding them, with the resources that they were built with. It does not: running them (runs.py).
"""

import dagster as dg

from migration_assets.process_migrations import present_migration


class OwnJobs:
    """A resource that is told the definitions once they are built, because it is itself a part of them.

    Of each migration that the process holds: Dagster wants one object as the resource of all of them.
    """

    def __init__(self) -> None:
        self._definitions: dict[str, dg.Definitions] = {}

    def are_of(self, migration: str, definitions: dg.Definitions) -> dg.Definitions:
        self._definitions[migration] = definitions
        return definitions

    def get(self) -> dg.Definitions:
        """Those of the migration that is worked for."""
        (only, *more) = self._definitions.values()
        return self._definitions[present_migration()] if more else only
