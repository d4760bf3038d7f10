"""The ledger of one target account, put together from its parts."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from resources.ledger import tables
from resources.ledger.base import Store, utc_now
from resources.ledger.changes import Changes
from resources.ledger.columns import add_missing_columns
from resources.ledger.conflicts import Conflicts
from resources.ledger.connecting import connected, loss_reported
from resources.ledger.day_marks import DayMarks
from resources.ledger.decisions import Decisions
from resources.ledger.engine import one_at_a_time, open_engine
from resources.ledger.erasures import Erasures
from resources.ledger.failed_runs import FailedRuns
from resources.ledger.images import Images
from resources.ledger.known_writes import KnownWrites
from resources.ledger.lease import Leases
from resources.ledger.losses import Losses
from resources.ledger.outcomes import Outcomes
from resources.ledger.progress import Progress
from resources.ledger.quality_gates import QualityGates
from resources.ledger.quarantine import Quarantine
from resources.ledger.rollbacks import Rollbacks
from resources.ledger.samples import Samples
from resources.ledger.schema_version import bring_up_to_date, require_known
from resources.ledger.sent_calls import SentCalls
from resources.ledger.sign_offs import SignOffs
from resources.ledger.sources import Sources
from resources.ledger.switched_off import SwitchedOffObjects
from resources.ledger.times import Times
from resources.ledger.uploads import Uploads
from resources.ledger.writes import Writes


class Ledger(Store):
    """Writes, lease, outcomes, gates, decisions and changes of one account. Any number of processes may have one open.

    Each part is a class of its own, over the transactions of this one.
    """

    def __init__(self, engine: Engine, account: str, now: Callable[[], datetime] = utc_now):
        super().__init__(engine, account, now)
        self.leases = Leases(self)
        self.outcomes = Outcomes(self)
        self.quarantine = Quarantine(self, self.outcomes)
        self.losses = Losses(self)
        self.conflicts = Conflicts(self)
        self.uploads = Uploads(self)
        self.writes = Writes(self, self.leases, self.outcomes, self.quarantine, self.conflicts, self.uploads)
        self.known_writes = KnownWrites(self)
        self.images = Images(self, self.leases)
        self.quality_gates = QualityGates(self)
        self.decisions = Decisions(self)
        self.progress = Progress(self)
        self.changes = Changes(self)
        self.times = Times(self)
        self.failed_runs = FailedRuns(self)
        self.switched_off = SwitchedOffObjects(self)
        self.erasures = Erasures(self)
        self.sources = Sources(self)
        self.rollbacks = Rollbacks(self)
        self.samples = Samples(self)
        self.sign_offs = SignOffs(self)
        self.sent_calls = SentCalls(self)
        self.day_marks = DayMarks(self)

    @classmethod
    def open(cls, url: str, account: str, now: Callable[[], datetime] = utc_now) -> "Ledger":
        """Open, make the tables and columns that are missing, and bring what an earlier release wrote up to date.

        Raises:
            LedgerNewer: a newer release has worked with it.
            LedgerUnreachable: the database is away, or went away.
        """
        engine = open_engine(url)
        with connected(engine), loss_reported(engine), one_at_a_time(engine):
            found = require_known(engine)
            tables.metadata.create_all(engine)
            add_missing_columns(engine)
            bring_up_to_date(engine, found, utc_now)
        return cls(engine, account, now)

    def close(self) -> None:
        self.engine.dispose()
