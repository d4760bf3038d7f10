"""What an earlier run left without a known outcome, settled by its own key before anything new is planned.

Whatever the plan of this run holds: a record may be gone, set aside or mapped otherwise since. Found -> adopted, and
compared with what was sent; not found by two looks -> it was not carried out, and whoever plans it sends it anew. It
belongs here: which writes those are, and what becomes of one that is not there. It does not: looking (batch.py).
"""

import logging

from resources.gorgias.writer.batch import WriteBatch
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.unresolved_writes import UnresolvedWrite
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriteContext
from resources.ledger.records import KnownWrite

_NOT_THERE = "looked for twice and not found: it was not carried out"
log = logging.getLogger(__name__)


def settle_left(writer: WriteContext) -> None:
    """Settle them; does nothing, and takes no lease, where there are none."""
    left = writer.ledger.known_writes.unsettled()
    if not left:
        return
    fence = writer.fencing_token()  # who holds the account settles; while another one works, these are its own
    left = writer.ledger.known_writes.unsettled()
    uploads = [row.key for row in left if row.key.object == "files"]
    writer.ledger.writes.take_back(uploads, fence, writer.run_id, "its answer was lost; sent again where it is needed")
    writes = [write for row in left if (write := _as_sent(writer.sent, row)) is not None]
    if writes:
        longest = writer.options.settling * 2 + writer.options.send_within + writer.connection.longest
        log.warning(
            f"{len(writes)} writes of an earlier run have no known outcome: they are looked up in Gorgias before "
            f"anything is written, which takes up to {longest:.0f} s."
        )
    # An adopted object is filled by an update of its own, so what became of older updates is settled before.
    for creating in (False, True):
        Leftovers(writer, [write for write in writes if write.creates is creating], lambda _: None).run()


class Leftovers(WriteBatch):
    """A pass in which nothing is sent but what fills an adopted object."""

    def _again(self, unresolved: UnresolvedWrite) -> None:
        if unresolved.landing is not None:
            super()._again(unresolved)
        else:
            self._cancel([unresolved.write], _NOT_THERE)


def _as_sent(sent: SentRequests, row: KnownWrite) -> Write | None:
    """The request as it was sent; None where it was not kept, and only a plan that holds the same key can settle it."""
    kept = sent.get(row.key, row.payload_hash)
    if kept is None and row.key.object == "canary" and row.key.part in _CANARY:
        # Of an earlier release: its name is all that is needed to find it, and to delete it then.
        return Write(row.key, "POST", _CANARY[row.key.part], {"external_id": row.key.source_id, "channels": []})
    return kept


_CANARY = {"ticket": "/api/tickets", "customer": "/api/customers"}
