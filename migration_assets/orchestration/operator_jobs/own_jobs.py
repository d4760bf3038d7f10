"""The jobs of this code location, for a job that runs others of them in its own process.

It belongs here: finding them, with the resources that they were built with. It does not: running them (runs.py).
"""

import dagster as dg


class OwnJobs:
    """A resource that is told the definitions once they are built, because it is itself a part of them."""

    def __init__(self) -> None:
        self._definitions: dg.Definitions | None = None

    def are_of(self, definitions: dg.Definitions) -> dg.Definitions:
        self._definitions = definitions
        return definitions

    def get(self) -> dg.Definitions:
        assert self._definitions is not None, "the definitions were never given"
        return self._definitions
