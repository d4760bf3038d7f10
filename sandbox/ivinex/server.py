"""What the calls share: the dataset and everything that watches over a request, and the request itself."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request

from sandbox.ivinex import pages
from sandbox.ivinex.answers import Refusal
from sandbox.ivinex.dataset import Dataset
from sandbox.ivinex.faults import Fault, Faults
from sandbox.ivinex.files_index import StoredFile
from sandbox.ivinex.pace import Pace
from sandbox.ivinex.rendering import Renderer
from sandbox.ivinex.site import ApiUser
from sandbox.ivinex.tabs import TabRows
from sandbox.ivinex.visibility import Visibility
from sandbox.stats import Stats


@dataclass
class Call:
    """One API request on its way to an answer.

    Attributes:
        name: call name as counted in the statistics.
        parameters: query, overlaid by the form of a POST; credentials are taken out.
        user: whoever the credentials belong to.
        faults: those that hit this request.
    """

    name: str
    request: Request
    parameters: dict[str, str]
    user: ApiUser
    faults: list[Fault] = field(default_factory=list)

    def hit_by(self, kind: str) -> bool:
        """Whether a fault of this kind hits the request."""
        return any(fault.kind == kind for fault in self.faults)


class Server:
    """One Ivinex site."""

    def __init__(self, folder: Path, *, clock: Callable[[], float], rate: float | None) -> None:
        """Loads the dataset.

        Args:
            folder: the dataset.
            clock: seconds since the epoch.
            rate: requests a second, instead of what switch A-19 says.

        Raises:
            DatasetError: the folder cannot be served.
        """
        self.dataset = Dataset(folder)
        self.site = self.dataset.site
        self.switches: Mapping[str, Any] = self.site.switches
        self.clock = clock
        self.pace = Pace(rate or self.switches["A-19"]["per_second"], clock)
        self.faults = Faults(self.site.faults)
        self.stats = Stats(clock)
        self.renderer = Renderer(self.dataset)
        self.visibility = Visibility(self.dataset)
        self._page_requests = 0

    def local_now(self) -> str:
        """The present moment as the site writes it."""
        now = datetime.fromtimestamp(self.clock(), ZoneInfo(self.site.time_zone))
        return now.replace(tzinfo=None, microsecond=0).isoformat(" ")

    def rows(self, call: Call, tab: TabRows, ids: list[int], *, classic: bool) -> list[bytes]:
        """The rows as the caller gets them."""
        return self.renderer.rows(tab, ids, call.user, self.file_url(call), classic=classic)

    def page(self, call: Call, tab: TabRows) -> list[int]:
        """The ids that Offset and Limit of the call select.

        Raises:
            Refusal: 404 past the end, where switch A-15 says so.
        """
        self._page_requests += 1
        ids = pages.ordered(self.visibility.ids(call.user, tab), self.switches["A-14"], self._page_requests)
        offset = pages.number(call.parameters.get("Offset")) or 0
        limit = pages.number(call.parameters.get("Limit"))
        found = pages.cut(ids, offset, limit, self.switches, early=1 if call.hit_by("duplicate_row") else 0)
        if found is None:
            raise Refusal(404, "Offset is past the last record.")
        return found

    def file_url(self, call: Call) -> Callable[[StoredFile], str]:
        """Makes download URLs that are good from now on for the lifetime of switch A-12."""
        settings = self.switches["A-12"]
        here = urlsplit(str(call.request.url))
        host = here.netloc if settings["host"] == "same" else other_name(here.netloc)
        lifetime = settings["lifetime_seconds"]
        until = int(self.clock() + lifetime)

        def url(stored: StoredFile) -> str:
            if stored.URL is not None:
                return stored.URL
            token = f"{until}-{self.signature(stored.FileID, until)}"
            return f"{here.scheme}://{host}/API/Files.php?FileID={stored.FileID}&Token={token}"

        return url

    @staticmethod
    def signature(file_id: str, until: int) -> str:
        """Ties a token to its file and its last second."""
        return hmac.new(b"ivinex sandbox", f"{file_id}:{until}".encode(), hashlib.sha256).hexdigest()[:20]


def other_name(netloc: str) -> str:
    """Another name of the same loopback host, which a careful client must take for another host."""
    host, colon, port = netloc.partition(":")
    return ("127.0.0.1" if host == "localhost" else "localhost") + colon + port
