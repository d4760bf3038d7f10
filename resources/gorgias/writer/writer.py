"""The write gate: nothing writes to Gorgias except through it, and nothing is written twice (docs/write-gate.md).

It belongs here: who may write (one runner per account), with which patience, and what an existing object becomes.
How one pass goes about it is in batch.py; what an answer means in send.py.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from resources.gorgias.failures import GorgiasError, SendOutcome
from resources.gorgias.writer.batch import Progress, WriteBatch
from resources.gorgias.writer.leftovers import settle_left
from resources.gorgias.writer.result_mapping import completion_of
from resources.gorgias.writer.send import SendResult
from resources.gorgias.writer.write import Tally, Write
from resources.gorgias.writer.write_context import WriteContext
from resources.ledger.records import WRITTEN, State
from resources.ledger.writes import PRESENT


class Writer(WriteContext):
    """The one object that holds a Writer. Use it as a context manager: it holds the account's lease meanwhile."""

    def __enter__(self) -> "Writer":
        try:
            self.settle_left()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self.mark_clock()
        finally:
            self.close()

    def apply(self, writes: Iterable[Write], progress: Progress | None = None) -> Tally:
        """Carry out writes, each exactly once.

        Args:
            writes: read lazily, in chunks; only the writes in flight and one chunk are held.
            progress: called with the number of writes that are through.

        Raises:
            LeaseHeld: another run works on this account.
            Fenced: another run took this account over.
            RunStopped: credentials, role, plan or address; nothing is quarantined and the rows stay unsent.
            GorgiasError: no definite answer any more, or a read-back failed.
        """
        self.settle_left()
        started, before = time.monotonic(), self.connection.requests
        tally = WriteBatch(self, writes, progress or (lambda _: None)).run()
        tally.calls, tally.seconds = self.connection.requests - before, time.monotonic() - started
        self.sent_any |= bool(tally.sent)
        return tally

    def mark_clock(self) -> None:
        """After writes, note the time of Gorgias's newest event: what comes later on an object is not ours.

        One read; an account that shows no events gives no mark, and so no proof.
        """
        if not self.sent_any:
            return
        try:
            page = next(self.reader.pages("/api/events", limit=1, order_by="created_datetime:desc"), [])
        except GorgiasError:
            return
        if page:
            at = datetime.fromisoformat(page[0]["created_datetime"])
            self.ledger.times.mark_clock(at if at.tzinfo else at.replace(tzinfo=UTC))

    def settle_left(self) -> None:
        """Settle what earlier runs left without a known outcome, whatever is planned now; done once, before all else.

        Raises:
            As `apply`.
        """
        if not self.settled:
            settle_left(self)
            self.settled = True

    def adopt(self, found: Iterable[tuple[Write, int]]) -> int:
        """Take objects that exist as the results of these writes, without a request; returns how many are new.

        For objects that must not be created by accident: a user who is looked up first, say.
        """
        pairs = list(found)
        known = self.ledger.known_writes.known([write.key for write, _ in pairs])
        fresh = [
            (write, number)
            for write, number in pairs
            if (row := known.get(write.key)) is None or row.gorgias_id != number or row.state not in WRITTEN
        ]
        if not fresh:
            return 0
        fence = self.fencing_token()
        self.ledger.writes.begin([write.intent for write, _ in fresh], fence, self.run_id)
        landings = [SendResult(write, SendOutcome.DONE, State.ADOPTED, number, said=PRESENT) for write, number in fresh]
        self.ledger.writes.complete([completion_of(one) for one in landings], fence, self.run_id)
        return len(fresh)
