"""Conflicts of tickets and messages that a person resolved and that no merge has carried out yet.

It belongs here: which tickets they concern. It does not: what a decision means for a field (three_way_merge.py).
"""

from resources.ledger import Ledger


def decisions(ledger: Ledger) -> dict[tuple[str, str], dict[str, str]]:
    """(object, source id) -> field -> ours or theirs, of tickets and messages, not yet carried out."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for object in ("tickets", "messages"):
        for source_id, name, take in ledger.conflicts.resolutions(object):
            found.setdefault((object, source_id), {})[name] = take
    return found


def ticket_of(object: str, source_id: str) -> str:
    """The ticket that a conflict's record belongs to."""
    if object == "tickets":
        return source_id
    return source_id.rpartition("@")[2] if "@" in source_id else source_id.partition("#")[0]
