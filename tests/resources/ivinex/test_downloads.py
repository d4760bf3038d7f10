"""Downloads over real sockets: what comes, what is refused, and what ends."""

import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from small_servers import Handler, http_server

from resources.files import FileStore
from resources.ivinex.downloads import Downloader, Status, Wanted
from resources.pacing import SteadyPacer

Make = Callable[..., Downloader]


LEADS = {
    "to-metadata": "http://169.254.169.254/latest/",
    "to-other-name": "http://localhost:{port}/plain",
    "round": "/round",
    "to-call": "/x/..%2fAPI/UpdateRecord.php?email=a",
    "to-file": "/API/Files.php?do=plain",
    "away-and-back": "http://localhost:{port}/back?do=back",
    "back": "http://127.0.0.1:{port}/API/Files.php?do=plain",
    "nowhere": "https://xn--a/x",
}
"""Where a redirect leads."""
ANSWERS: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "plain": (200, b"hello", {}),
    "empty": (200, b"", {}),
    "expired": (403, b"no", {}),
    "gone": (404, b"no", {}),
    "page": (200, b"<!DOCTYPE html><form>log in</form>", {"Content-Type": "text/html"}),
    "announced": (200, b"0123456789", {"Content-Length": str(5 * 1024**3)}),
    "cut-off": (200, b"0123456789", {"Content-Length": "20", "Connection": "close"}),
    "bomb": (200, gzip.compress(gzip.compress(bytes(10_000_000))), {"Content-Encoding": "gzip, gzip"}),
    "packed": (200, gzip.compress(b"hello"), {"Content-Encoding": "gzip"}),
}


class Site(Handler):
    """Answers by path; `seen` keeps path and credentials of every request."""

    seen: list[tuple[str, str | None]]

    def respond(self) -> None:
        type(self).seen.append((self.path, self.headers.get("Authorization")))
        asked = (parse_qs(urlsplit(self.path).query).get("do") or [self.path.strip("/").split("?")[0]])[0]
        if asked in LEADS:
            self.answer(302, headers={"Location": LEADS[asked].format(port=self.server.server_port)})
        else:
            by_hand = getattr(self, "answer_" + asked.replace("-", "_"), None)
            by_hand() if by_hand else self.answer(*ANSWERS.get(asked, ANSWERS["plain"]))

    def answer_busy(self) -> None:
        busy = sum(path.startswith("/busy") for path, _ in self.seen) < 3
        self.answer(503 if busy else 200, b"no" if busy else b"at last")

    def answer_endless(self) -> None:
        self.goes_on(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 65536, 0)

    def answer_trickle(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        self.goes_on(b"x", 0.05)

    def answer_denied(self) -> None:
        self.answer(200 if self.headers.get("Authorization") else 401, b"no")

    def answer_cookie(self) -> None:
        self.answer(200, self.headers.get("Cookie", "none").encode(), {"Set-Cookie": "PHPSESSID=abc; Path=/"})

    def answer_dribbling_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.goes_on(b"X-A: b\r\n", 0.05)

    def answer_slow(self) -> None:
        time.sleep(0.2)
        self.answer(200, self.path.encode())


Seen = list[tuple[str, str | None]]


@pytest.fixture
def seen() -> Seen:
    return []


@pytest.fixture
def site(seen: Seen) -> Iterator[str]:
    with http_server(type("Seeing", (Site,), {"seen": seen})) as url:
        yield url


@pytest.fixture
def make(site: str, tmp_path: Path) -> Iterator[Make]:
    made: list[Downloader] = []

    def downloader(**options: object) -> Downloader:
        chosen = {"most": 1_000_000, "sleep": lambda _: None} | options
        store, pacer = FileStore(tmp_path / "files"), SteadyPacer(100_000)
        auth = httpx.BasicAuth("api", "secret")
        made.append(Downloader(site, auth, store=store, pacer=pacer, **chosen))  # type: ignore[arg-type]
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
        ("to-call", Status.REFUSED_ADDRESS, "the site's API"),
        ("nowhere", Status.UNREADABLE, "no address"),
        ("bomb", Status.UNREADABLE, "packed"),
        ("packed", Status.OK, ""),
        ("denied", Status.UNREADABLE, "stands in a text and in no FILE field"),
    ],
)
def test_every_download_ends_with_a_status(make: Make, site: str, path: str, status: Status, told: str):
    found = make().fetch(Wanted(f"{site}/{path}?Token=s3cret", "a.txt"))
    assert found.status is status
    assert told in found.detail
    assert "s3cret" not in found.detail
    assert (found.sha256 is not None) == (status is Status.OK)


@pytest.mark.parametrize("path", ["trickle", "dribbling-head"])
def test_an_answer_that_never_ends_ends(make: Make, site: str, tmp_path: Path, path: str):
    started = time.monotonic()
    found = make(seconds=0.3).fetch(Wanted(f"{site}/{path}", "a.txt"))
    assert time.monotonic() - started < 3
    assert found.status is Status.UNREADABLE
    assert found.detail == "not at its end in the time for one download"
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_machine_that_lets_strangers_downloads_run_out_of_time_is_asked_no_more(make: Make, site: str, seen: Seen):
    downloader = make(seconds=0.2)
    for _ in range(5):
        found = downloader.fetch(Wanted(f"{site}/trickle", "a.txt"))
    assert found.detail == "its host let 3 downloads run out of time before"
    assert len(seen) == 3
    assert downloader.fetch(Wanted(f"{site}/API/Files.php?do=plain", "a.txt", trusted=True)).status is Status.OK


@pytest.mark.parametrize(
    ("address", "trusted", "hops"),
    [
        ("{site}/API/Files.php?do=plain", True, [True]),
        ("{site}/API/Files.php?do=plain", False, [False]),
        ("{site}/plain", True, [False]),
        ("{site}/API/Files.php?do=to-file", True, [True, True]),
        ("{site}/API/Files.php?do=to-other-name", True, [True, False]),
        ("{site}/API/Files.php?do=away-and-back", True, [True, False, False]),
        ("{site}/to-file", True, [False, False]),
        ("{site}/API/Files.php?do=to-call", True, [True]),
        ("{other}/API/Files.php?do=plain", True, [False]),
        ("{other}/to-file", True, [False, False]),
        ("{site}/API/UpdateRecord.php?do=plain", True, []),
        ("{site}/API/Files.php?do=plain&Tab=Contacts", True, []),
        ("{other}/api/UpdateRecord.php?do=plain", False, []),
        ("{site}/API/Files.php?do=plain#?Tab=Contacts", True, [True]),
        ("/API/Files.php?do=plain", True, [True]),
        ("//127.0.0.1:1/API/Files.php?do=plain", True, []),
    ],
)
def test_credentials_go_to_a_file_of_a_file_field_and_nowhere_else(
    make: Make, site: str, seen: Seen, address: str, trusted: bool, hops: list[bool]
):
    url = address.format(site=site, other=site.replace("127.0.0.1", "localhost"))
    make().fetch(Wanted(url, "a.txt", trusted=trusted))
    assert [bool(credentials) for _, credentials in seen] == hops


def test_where_credentials_were_missing_the_reason_is_told(make: Make, site: str):
    downloader = make()
    assert downloader.fetch(Wanted(f"{site}/API/Files.php?do=denied", "a.txt", trusted=True)).status is Status.OK
    assert "IVINEX_FILE_PATH" in downloader.fetch(Wanted(f"{site}/denied", "a.txt", trusted=True)).detail


def test_no_cookie_is_kept(make: Make, site: str, tmp_path: Path):
    downloader = make()
    for _ in range(2):
        found = downloader.fetch(Wanted(f"{site}/cookie", "a.txt"))
        assert downloader.store.path(found.sha256 or "").read_bytes() == b"none"


@pytest.mark.parametrize(
    "url",
    ["https://xn--a/x", "https://[", "https://a..b/", "https://" + "a" * 70 + ".com/", "https://\x00/", "x" * 99_999],
)
def test_an_address_that_a_library_chokes_on_is_one_bad_file(make: Make, url: str):
    assert make(resolve=lambda host: ["93.184.215.14"], seconds=0.1).fetch(Wanted(url, "a.txt")).status in (
        Status.REFUSED_ADDRESS,
        Status.UNREADABLE,
        Status.GONE,
    )


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
