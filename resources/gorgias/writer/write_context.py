"""What the passes of a writer share: connection, ledger, lease, clock, options and the object types.

It belongs here: the state, and questions about it. It does not: what is written (writer.py) and how (batch.py).
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from resources.gorgias.client import Connection, Reader, WriteClient
from resources.gorgias.writer.lease_keeper import LeaseKeeper
from resources.gorgias.writer.object_types import ObjectType, object_types
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger

ADOPTED_ACCOUNT = "adopted_account"
"""Decision topic: this home took the account over from another one."""
_WALKED = {("tickets", "create"), ("customers", "create"), ("files", "upload")}


@dataclass(frozen=True)
class WriterOptions:
    """Times in seconds.

    Attributes:
        workers: requests in flight, so that latency costs no throughput.
        settling: how long a write that was carried out may stay invisible to a read-back.
        send_within: a request never leaves later than this after its intent.
        lease: how long a lease lasts without a sign of life.
        attempts: how often one write is sent when each time its outcome was unknown and it was not found.
    """

    workers: int = 16
    settling: float = 30.0
    send_within: float = 5.0
    lease: float = 30.0
    attempts: int = 5


def uptime() -> float:
    """Seconds that also pass while the machine sleeps, or a laptop that wakes up would keep an old send deadline."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class WriteContext:
    """What one writer works with; its batches take this and do not know the writer.

    Args:
        before_batch: called with each batch before its intents are kept; what it raises keeps it from leaving.
        before_writing: called with the writer once, before the first request leaves; what it raises keeps it from
            leaving. It may write through this gate.
        settle: settle what earlier runs left first.
        keeper: of a lease that outlives this writer; None: one that ends with it.

    Attributes:
        settled: what earlier runs left is settled, or need not be.
        sent_any: a request has left.
    """

    def __init__(
        self,
        connection: Connection,
        reader: Reader,
        ledger: Ledger,
        run_id: str = "",
        options: WriterOptions | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = uptime,
        sent: SentRequests | None = None,
        before_batch: Callable[[list[Write]], None] = lambda _: None,
        before_writing: Callable[[Any], None] | None = None,
        settle: bool = True,
        keeper: LeaseKeeper | None = None,
    ):
        self.options = options or WriterOptions()
        self.connection, self.ledger, self.run_id = connection, ledger, run_id
        self.sleep, self.clock = sleep, clock
        self.max_silence = connection.patience(sleep, clock)
        self.sent = sent or SentRequests(None, ledger.account)
        self.client = WriteClient(connection)
        self.reader, self.object_types = reader, object_types(reader)
        self._own_keeper = keeper is None
        self.keeper = keeper or LeaseKeeper(ledger, run_id, self.options.lease, sleep, clock=clock)
        self.pool = ThreadPoolExecutor(self.options.workers, thread_name_prefix="gorgias")
        self.before_batch, self._before_writing = before_batch, before_writing
        self.settled, self.sent_any = not settle, False
        self._adopted: bool | None = None

    def close(self) -> None:
        self.pool.shutdown(wait=True)
        if self._own_keeper:
            self.keeper.release()

    def prepare(self) -> None:
        """To be called before a request leaves.

        Raises:
            Whatever keeps this writer from writing.
        """
        before, self._before_writing = self._before_writing, None
        if before is not None:
            try:
                before(self)
            except BaseException:
                self._before_writing = before
                raise

    def looks_first(self, write: Write) -> bool:
        """Whether this write may have been carried out from another home, whose ledger this one does not have.

        Tickets and customers were walked when the account was taken over.
        """
        if self._adopted is None:
            self._adopted = self.ledger.decisions.decision(ADOPTED_ACCOUNT) is not None
        return self._adopted and (write.key.object, write.key.part) not in _WALKED

    def object_type(self, write: Write) -> ObjectType:
        """What is to be known of its object type."""
        return self.object_types[write.key.object, write.key.part]

    def fencing_token(self) -> int:
        """The fencing number of this runner; takes the account's lease on first use."""
        return self.keeper.take()
