"""The mark of a warehouse that was erased on purpose: whoever opens it again is told so, and what to do instead.

It belongs here: setting the mark and asking for it. It does not: erasing (orchestration/purge.py).
"""

from pathlib import Path

MARK = "purged"
_WAY_OUT = (
    "Nothing is read or written from this home any more. To go on, take a new one: set MIGRATION_HOME to an empty "
    "folder, start the UI or the command there and begin with the job discover, or `migrate discover`. An account that "
    "this home loaded is taken over from there where the ledger is new as well: the job adopt_account, or `migrate "
    "adopt --by NAME --reason TEXT`. What stays here can be looked at: `migrate status`, `migrate preflight show`, the "
    "folder handoff."
)


class WarehouseErased(Exception):
    """The warehouse of this home was erased for good."""


def mark_of(path: Path) -> Path:
    """Beside the file."""
    return path.with_name(MARK)


def mark_erased(path: Path, when: str) -> None:
    """
    Args:
        when: a moment, for a person.
    """
    mark_of(path).write_text(when + "\n", "utf-8")


def said_of(path: Path) -> str:
    """When it was erased and what to do now; empty where it was not."""
    mark = mark_of(path)
    if not mark.is_file():
        return ""
    return f"People's data of this migration was erased here on {mark.read_text('utf-8').strip()}. {_WAY_OUT}"
