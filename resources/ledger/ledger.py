"""The ledger of one target account."""

from collections.abc import Callable
from datetime import datetime

from resources.ledger import tables
from resources.ledger.base import utc_now
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
from resources.ledger.quality_gates import QualityGates
from resources.ledger.rollbacks import Rollbacks
from resources.ledger.samples import Samples
from resources.ledger.schema_version import bring_up_to_date, require_known
from resources.ledger.sent_calls import SentCalls
from resources.ledger.sign_offs import SignOffs
from resources.ledger.sources import Sources
from resources.ledger.switched_off import SwitchedOffObjects
from resources.ledger.times import Times
from resources.ledger.writes import Writes


class Ledger(
    Writes,
    QualityGates,
    Decisions,
    Changes,
    Conflicts,
    Times,
    FailedRuns,
    SwitchedOffObjects,
    Erasures,
    Sources,
    Images,
    Rollbacks,
    Samples,
    SignOffs,
    SentCalls,
    DayMarks,
):
    """Writes, lease, books, gates, decisions and changes of one account. Any number of processes may have one open."""

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
