"""The Gorgias account as a Dagster resource: reader, gate, and the numbers that an asset shows."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from resources.gorgias.answer import Answer
from resources.gorgias.claim import claim, take_back_claim
from resources.gorgias.client import Connection, Reader
from resources.gorgias.external_ids import ExternalIds
from resources.gorgias.known_account import about_to_make, is_record, require_loaded_from_here
from resources.gorgias.writer.lease_keeper import LeaseKeeper
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.pacer import Pacer
from resources.pacing import BucketPacer, OwnLevel
from resources.patience import SECONDS, Rest
from resources.working_hours import HOURS, WorkingHours, reserve

KEY_ALLOWANCE, TOKEN_ALLOWANCE = 40, 80
WINDOW, ENTERPRISE_WINDOW = 20.0, 10.0
_OWN_LEVELS: defaultdict[str, OwnLevel] = defaultdict(OwnLevel)
"""Address of an account -> what this process has sent to it. A command has a connection for each of its runs, and each
of them would spend a bucket's worth anew."""


class GorgiasResource(dg.ConfigurableResource["GorgiasResource"]):
    """One connection and one pacer per run."""

    base_url: str = Field(description="`https://<domain>.gorgias.com`")
    email: str = Field(default="", description="user of the API key")
    api_key: str = Field(default="", repr=False, description="API key")
    access_token: str = Field(default="", repr=False, description="OAuth access token instead of a key")
    enterprise: bool = Field(default=False, description="Enterprise accounts drain in half the time")
    budget_share: float = Field(default=0.9, description="share of the allowance that the migration may use")
    reserve: float = Field(default=-1.0, description="requests kept free while the shop works; below 0: a quarter")
    working_hours: str = Field(default=HOURS, description="when the shop works, such as Mon-Fri 08:00-20:00")
    working_zone: str = Field(default="UTC", description="the zone of these hours")
    allowance: int = Field(default=0, description="requests a window; 0 = by kind of credential")
    timeout: float = Field(default=30.0, description="seconds until a request without an answer is in doubt")
    settling: float = Field(default=30.0, description="seconds that a carried out write may stay invisible")
    lease: float = Field(default=30.0, description="seconds that a lease lasts without a sign of life")
    patience: float = Field(default=SECONDS, description="seconds for which an outage is waited for")
    ledger_url: str = Field(default="", repr=False, description="the ledger that knows the form of external ids")
    account: str = Field(default="", description="the account, as the ledger calls it")
    site: str = Field(default="", description="short name of the source site, for a ledger that knows none yet")
    unsettled: str = Field(default="", description="folder of requests whose outcome is not known; private")
    _connection: Connection | None = PrivateAttr(default=None)
    _keeper: LeaseKeeper | None = PrivateAttr(default=None)
    _is_asked: bool = PrivateAttr(default=False)
    _is_known: bool = PrivateAttr(default=False)
    _looked_at: bool = PrivateAttr(default=False)
    _switched_off: set[str] = PrivateAttr(default_factory=set)
    _at_end: dict[str, Callable[[], None]] = PrivateAttr(default_factory=dict)

    @property
    def connection(self) -> Connection:
        if self._connection is None:
            rest = Rest()
            hours = WorkingHours.parse(self.working_hours, self.working_zone)
            kept = reserve(None if self.reserve < 0 else self.reserve, hours)
            own = _OWN_LEVELS[self.base_url]
            pacer = BucketPacer(*self._allowance, self.budget_share, sleep=rest, reserve=kept, own=own)
            auth = self.access_token or (self.email, self.api_key)
            self._connection = Connection(
                self.base_url, auth, pacer, self.timeout, patience=self.patience, rest=rest, ids=self._ids()
            )
        return self._connection

    def _ids(self) -> ExternalIds:
        if not self.ledger_url:
            return ExternalIds()
        with closing(Ledger.open(self.ledger_url, self.account)) as ledger:
            return ExternalIds(ledger.sources.site_of_ids(self.site))

    @property
    def reader(self) -> Reader:
        return Reader(self.connection)

    @contextmanager
    def writer(
        self,
        ledger: Ledger,
        run_id: str,
        before_writing: Callable[[Writer], None] | None = None,
        settle: bool = True,
    ) -> Iterator[Writer]:
        """The write gate, with the account's lease while it is open; what an earlier run left is settled first.

        Before anything is sent, and again before the first record, it is made sure that no other home loaded the
        account (LoadedElsewhere), and the account is claimed for a first load.

        Args:
            before_writing, settle: as for `Writer`.
        """

        def before_batch(writes: list[Write]) -> None:
            records = any(is_record(write.key.source_id) for write in writes)
            if self._is_known or (self._is_asked and not records):
                return
            require_loaded_from_here(self.reader, ledger, about_to_make(writes), run_id)
            self._is_asked, self._is_known = True, records
            if records and claim(gate, self.reader, ledger):
                # Another home may have claimed the account, made its first records and taken its claim back meanwhile.
                require_loaded_from_here(self.reader, ledger, about_to_make(writes), run_id)

        options = WriterOptions(settling=self.settling, lease=self.lease)
        shared = (self.connection, self.reader, ledger, run_id, options)
        hooks = {"before_batch": before_batch, "before_writing": before_writing}
        sent, keeper = self.sent(ledger), self._keeper_of(ledger, run_id)
        with Writer(*shared, sent=sent, settle=settle, keeper=keeper, **hooks) as gate:  # type: ignore[arg-type]
            yield gate
            take_back_claim(gate, self.reader, ledger)

    def _keeper_of(self, ledger: Ledger, run_id: str) -> LeaseKeeper:
        """Of the lease that this run takes at its first write and holds until it ends, so that nobody steps in between
        two of its steps.
        """
        if self._keeper is None:
            self._keeper = LeaseKeeper(ledger, run_id, self.lease, shared=True)
        return self._keeper

    @property
    def _allowance(self) -> tuple[int, float]:
        """Requests that fit into the bucket, and the seconds in which it drains."""
        requests = self.allowance or (TOKEN_ALLOWANCE if self.access_token else KEY_ALLOWANCE)
        return requests, ENTERPRISE_WINDOW if self.enterprise else WINDOW

    @property
    def calls_per_second(self) -> float:
        """What the allowance lets this migration send, in the long run."""
        allowance, window = self._allowance
        return allowance / window * self.budget_share

    @property
    def looked_at(self) -> bool:
        """Whether the account was looked at in this run, and every point of it was decided."""
        return self._looked_at

    @property
    def switched_off(self) -> set[str]:
        """What was switched off in this run, by name."""
        return self._switched_off

    @property
    def is_ours(self) -> bool:
        """Whether the account's records were found to be this ledger's when the first ones of a run were made."""
        return self._is_known

    def was_looked_at(self, switched_off: set[str], is_ours: bool = False) -> None:
        """From now on, until the run ends.

        Args:
            is_ours: an earlier run of the same command found the account's records to be this ledger's.
        """
        self._looked_at, self._switched_off = True, switched_off
        self._is_known = self._is_known or is_ours

    def at_end(self, name: str, do: Callable[[], None]) -> None:
        """Do this once when the run ends, before the connection is closed.

        Args:
            name: another one of the same name is replaced.
        """
        self._at_end[name] = do

    def sent(self, ledger: Ledger) -> SentRequests:
        """Requests of this account that were sent and are kept."""
        return SentRequests(Path(self.unsettled) if self.unsettled else None, ledger.account)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        self.close()

    def close(self) -> None:
        last, self._at_end, self._looked_at = list(self._at_end.values()), {}, False
        try:
            for do in last:
                do()
        finally:
            self._disconnect()

    def _disconnect(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.release()
        if self._connection is not None:
            sent = self._connection.counts.take()
            self._connection.close()
            self._connection = None
            if sent and self.ledger_url:
                with closing(Ledger.open(self.ledger_url, self.account)) as ledger:
                    ledger.sent_calls.note_sent_calls("gorgias", sent)


def read_once(address: str, auth: tuple[str, str] | str, pacer: Pacer, seconds: float, path: str) -> Answer:
    """One GET over a connection of its own: not repeated, whatever comes, and noted in no ledger.

    Args:
        auth, pacer: as of `Connection`.
        seconds: for the whole of it.

    Raises:
        ValueError: an address that cannot be used.
    """
    with closing(Connection(address, auth, pacer, timeout=seconds / 3)) as connection:
        return Reader(connection).once(path)
