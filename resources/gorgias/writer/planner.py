"""What a write needs, from what the ledger knows of it. Decided here for the gate and for whoever only plans."""

from enum import StrEnum

from resources.gorgias.writer.write import Write
from resources.ledger.records import UNSETTLED, WRITTEN, KnownWrite, State


class Need(StrEnum):
    """What is to be done with a write."""

    send = "send"
    settle = "settle"  # its outcome is not known: read back first
    unchanged = "unchanged"
    changed = "changed"  # a create whose payload is another one now: the delta turns it into an update
    refused = "refused"
    conflict = "conflict"


def need(write: Write, known: KnownWrite | None) -> Need:
    """The need of one write; pure."""
    if known is None or known.state is State.ROLLED_BACK:
        return Need.send
    if known.state in UNSETTLED:
        return Need.settle
    if known.state is State.CONFLICT and (write.creates or known.payload_hash == write.payload_hash):
        # Another payload of an update is another decision: the merge behind it has looked at the target anew.
        return Need.conflict
    if known.payload_hash == write.payload_hash:
        return Need.refused if known.state is State.REFUSED else Need.unchanged
    # A create cannot be repeated; the delta turns the difference into an update.
    return Need.changed if known.state in WRITTEN and write.creates else Need.send
