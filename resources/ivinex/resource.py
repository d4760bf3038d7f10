"""The Ivinex client as a Dagster resource: settings in, one client per resource out."""

import threading
from contextlib import closing

import dagster as dg
import httpx
from pydantic import Field, PrivateAttr

from resources.files import FileStore
from resources.ivinex.calls import parameter_names
from resources.ivinex.client import IvinexClient
from resources.ivinex.downloads import Downloader
from resources.ivinex.sender import Sender
from resources.ivinex.site_paths import DEFAULT_FILE_PATH, SitePaths
from resources.ledger import Ledger
from resources.pacing import SteadyPacer
from resources.patience import SECONDS, Patience, Rest


class IvinexNotConfigured(Exception):
    """Settings that the client needs are missing; the message names all of them at once."""


class IvinexResource(dg.ConfigurableResource["IvinexResource"]):
    """Read-only access to the Ivinex site. Loading it needs no setting and no network; `get()` does."""

    base_url: str = Field(default="", description="`https://<site>.ivinex.com` (IVINEX_BASE_URL)")
    username: str = Field(default="", description="an active user with the API permission (IVINEX_USERNAME)")
    password: str = Field(default="", repr=False, description="that user's password (IVINEX_PASSWORD)")
    requests_per_second: float = Field(default=2.0, description="no limit is published, so start low")
    page_size: int = Field(default=100, description="rows asked per page; the site may give fewer")
    dialect: str = Field(default="auto", description="auto, classic or records")
    relations: str = Field(default="auto", description="auto, sweep or ticket (docs/reading-ivinex.md)")
    credentials: str = Field(default="auto", description="how classic calls carry them: auto, post, basic or query")
    call_path: str = Field(default="{Call}.php", description="path template of classic calls")
    file_path: str = Field(default=DEFAULT_FILE_PATH, description="paths of the site's files, which get credentials")
    parameter_names: str = Field(default="", description="JSON object: documented parameter -> the site's name")
    patience: float = Field(default=SECONDS, description="seconds for which an outage is waited for (IVINEX_PATIENCE)")
    ledger_url: str = Field(default="", repr=False, description="the ledger, which keeps how many requests were sent")
    account: str = Field(default="", description="the target account, which ledger rows belong to")

    _client: IvinexClient | None = PrivateAttr(default=None)
    _downloader: Downloader | None = PrivateAttr(default=None)
    _pacer: SteadyPacer | None = PrivateAttr(default=None)
    _making: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    def get(self) -> IvinexClient:
        """Returns the client, made on first use: one pacer and one connection pool for the run.

        Raises:
            IvinexNotConfigured: names every missing variable.
            ValueError: an address or an option that cannot be used.
        """
        with self._making:
            if self._client is None:
                self._client = self._make()
            return self._client

    def downloader(self, store: FileStore, most: int) -> Downloader:
        """Returns what downloads files into the store, under the same pacer as the calls.

        Args:
            most: cap in bytes (FILE_MAX_BYTES).
        """
        client = self.get()
        with self._making:
            if self._downloader is None:
                assert self._pacer is not None
                names = parameter_names(self.parameter_names).values()
                self._downloader = Downloader(
                    self.base_url,
                    httpx.BasicAuth(self.username, self.password),
                    store=store,
                    pacer=self._pacer,
                    most=most,
                    paths=SitePaths(self.base_url, self.file_path, names),
                    was_out=client.sender.was_out,
                )
            return self._downloader

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Closes the connections of the run."""
        self.close()

    def wake(self) -> None:
        """Ends the waits of other threads for the site: the run ends."""
        with self._making:
            if self._client is not None:
                self._client.sender.rest.end()

    def close(self) -> None:
        """Closes the connections, and notes in the ledger how many requests were sent."""
        with self._making:
            sent = self._client.sender.counts.take() if self._client else {}
            if self._downloader and self._downloader.requests:
                sent["files"] = self._downloader.requests
            for held in (self._client, self._downloader):
                if held is not None:
                    held.close()
            self._client = self._downloader = None
        if sent and self.ledger_url:
            with closing(Ledger.open(self.ledger_url, self.account)) as ledger:
                ledger.sent_calls.note_sent_calls("ivinex", sent)

    def _make(self) -> IvinexClient:
        needed = {
            "IVINEX_BASE_URL": (self.base_url, "the source site, https://<site>.ivinex.com"),
            "IVINEX_USERNAME": (self.username, "an active Ivinex user with the API permission"),
            "IVINEX_PASSWORD": (self.password, "that user's password"),
        }
        missing = [f"{name} ({use})" for name, (value, use) in needed.items() if not value]
        if missing:
            raise IvinexNotConfigured("Ivinex cannot be read; set " + ", ".join(missing))
        if self.dialect not in ("auto", "classic", "records"):
            raise ValueError(f"IVINEX_DIALECT={self.dialect!r} is none of auto, classic, records")
        self._pacer, rest = SteadyPacer(self.requests_per_second), Rest()
        sender = Sender(
            self.base_url,
            self.username,
            self.password,
            pacer=self._pacer,
            credentials=self.credentials,
            call_path=self.call_path,
            names=self.parameter_names,
            patience=Patience("Ivinex", "IVINEX_PATIENCE", self.patience, sleep=rest),
            rest=rest,
        )
        return IvinexClient(sender, page_size=self.page_size, dialect=self.dialect)  # type: ignore[arg-type]
