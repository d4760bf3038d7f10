"""What a write needs, from what the ledger knows of it. Decided here for the gate and for whoever only plans."""

from enum import StrEnum

from resources.gorgias.writer.write import Write
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, State


class PlannedAction(StrEnum):
    """What is to be done with a write."""

    send = "send"
    settle = "settle"  # its outcome is not known: read back first
    unchanged = "unchanged"
    changed = "changed"  # a create whose payload is another one now: the delta turns it into an update
    refused = "refused"
    conflict = "conflict"


def planned_action(write: Write, known: KnownWrite | None) -> PlannedAction:
    """The need of one write; pure."""
    return planned_by_hash(write.payload_hash, write.creates, known)


def planned_by_hash(payload_hash: str, creates: bool, known: KnownWrite | None) -> PlannedAction:
    """The same where of a write no more is known than the digest of its payload, and whether it creates."""
    if known is None or known.state is State.ROLLED_BACK:
        return PlannedAction.send
    if known.state in UNSETTLED:
        return PlannedAction.settle
    if known.state is State.CONFLICT and (creates or known.payload_hash == payload_hash):
        # Another payload of an update is another decision: the merge behind it has looked at the target anew.
        return PlannedAction.conflict
    if known.payload_hash == payload_hash:
        return PlannedAction.refused if known.state is State.REFUSED else PlannedAction.unchanged
    # A create cannot be repeated; the delta turns the difference into an update.
    return PlannedAction.changed if known.state in WRITTEN and creates else PlannedAction.send
