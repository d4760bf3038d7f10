"""Downloads over real sockets: what comes, what is refused, and what ends."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from resources.files import FileStore
from resources.ivinex.downloads import Downloader, Status, Wanted
from resources.pacing import SteadyPacer

Make = Callable[..., Downloader]


class Site(BaseHTTPRequestHandler):
    """Answers by path; `seen` keeps path and credentials of every request."""

    seen: list[tuple[str, str | None]]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        type(self).seen.append((self.path, self.headers.get("Authorization")))
        getattr(self, "answer_" + self.path.strip("/").split("?")[0].replace("-", "_"))()

    def answer_plain(self, body: bytes = b"hello", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_empty(self) -> None:
        self.answer_plain(b"")

    def answer_expired(self) -> None:
        self.answer_plain(b"no", 403)

    def answer_gone(self) -> None:
        self.answer_plain(b"no", 404)

    def answer_busy(self) -> None:
        busy = sum(path.startswith("/busy") for path, _ in self.seen) < 3
        self.answer_plain(b"no" if busy else b"at last", 503 if busy else 200)

    def answer_page(self) -> None:
        self.answer_plain(b"<!DOCTYPE html><form>log in</form>", Content_Type="text/html")

    def answer_announced(self) -> None:
        self.answer_plain(b"0123456789", Content_Length=str(5 * 1024**3))

    def answer_cut_off(self) -> None:
        self.answer_plain(b"0123456789", Content_Length="20")
        self.close_connection = True

    def answer_endless(self) -> None:
        self._stream(b"x" * 65536, 0)

    def answer_trickle(self) -> None:
        self._stream(b"x", 0.05)

    def answer_to_metadata(self) -> None:
        self.answer_plain(b"", 302, Location="http://169.254.169.254/latest/")

    def answer_to_other_name(self) -> None:
        self.answer_plain(b"", 302, Location=f"http://localhost:{self.server.server_port}/plain")

    def answer_round(self) -> None:
        self.answer_plain(b"", 302, Location="/round")

    def answer_slow(self) -> None:
        time.sleep(0.2)
        self.answer_plain(self.path.encode())

    def _stream(self, block: bytes, pause: float) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            while True:
                self.wfile.write(block)
                time.sleep(pause)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


Seen = list[tuple[str, str | None]]


@pytest.fixture
def seen() -> Seen:
    return []


@pytest.fixture
def site(seen: Seen) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Site,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def make(site: str, tmp_path: Path) -> Iterator[Make]:
    made: list[Downloader] = []

    def downloader(**options: object) -> Downloader:
        chosen = {"most": 1_000_000, "sleep": lambda _: None} | options
        store, pacer = FileStore(tmp_path / "files"), SteadyPacer(100_000)
        made.append(Downloader(site, "api", "secret", store=store, pacer=pacer, **chosen))  # type: ignore[arg-type]
        return made[-1]

    yield downloader
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("plain", Status.OK, ""),
        ("busy", Status.OK, ""),
        ("empty", Status.EMPTY, "zero bytes"),
        ("expired", Status.EXPIRED, "403"),
        ("gone", Status.GONE, "404"),
        ("announced", Status.TOO_LARGE, "announces 5368709120 bytes"),
        ("endless", Status.TOO_LARGE, "more than the cap"),
        ("cut-off", Status.UNREADABLE, "no complete answer"),
        ("page", Status.UNREADABLE, "web page"),
        ("to-metadata", Status.REFUSED_ADDRESS, "link-local"),
        ("round", Status.UNREADABLE, "redirects"),
        ("to-other-name", Status.OK, ""),
    ],
)
def test_every_download_ends_with_a_status(make: Make, site: str, path: str, status: Status, told: str):
    found = make().fetch(Wanted(f"{site}/{path}?Token=s3cret", "a.txt"))
    assert found.status is status
    assert told in found.detail
    assert "s3cret" not in found.detail
    assert (found.sha256 is not None) == (status is Status.OK)


def test_a_body_that_never_ends_ends(make: Make, site: str, tmp_path: Path):
    found = make(seconds=0.3).fetch(Wanted(f"{site}/trickle", "a.txt"))
    assert (found.status, found.detail) == (Status.UNREADABLE, "not at its end after 0 s")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_credentials_go_to_the_configured_site_only(make: Make, site: str, seen: Seen):
    downloader = make()
    downloader.fetch(Wanted(f"{site}/to-other-name", "a.txt"))
    downloader.fetch(Wanted(site.replace("127.0.0.1", "localhost") + "/plain", "a.txt"))
    assert [(path, bool(credentials)) for path, credentials in seen] == [
        ("/to-other-name", True),
        ("/plain", False),
        ("/plain", False),
    ]


def test_a_record_that_announces_more_than_the_cap_costs_no_request(make: Make, site: str):
    downloader = make(most=100)
    assert downloader.fetch(Wanted(f"{site}/plain", "a.bin", 101)).status is Status.TOO_LARGE
    assert downloader.requests == 0


def test_a_data_url_is_its_own_content(make: Make):
    downloader = make(most=100)
    found = downloader.fetch(Wanted("data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALA==", "x.gif"))
    assert (found.status, found.content_type) == (Status.OK, "image/gif")
    assert downloader.fetch(Wanted("data:text/plain,a%20b", "x.txt")).size == 3
    assert downloader.fetch(Wanted("data:image/gif;base64,R0lGODlhAQABAIAAAAA", "x.gif")).status is Status.UNREADABLE
    assert downloader.fetch(Wanted("data:text/plain," + "x" * 101, "x.txt")).status is Status.TOO_LARGE


def test_several_come_at_once_and_in_order(make: Make, site: str):
    downloader = make(in_flight=4)
    started = time.monotonic()
    found = downloader.fetch_all([Wanted(f"{site}/slow?n={n}", "a.txt") for n in range(8)])
    assert time.monotonic() - started < 8 * 0.2
    assert downloader.peak == 4
    assert [one.size for one in found] == [len(f"/slow?n={n}") for n in range(8)]
    assert len({one.sha256 for one in found}) == 8
