"""What a hostile migration leaves outside of private/ holds no value of a person and no credential.

In the plain suite a dozen tickets without Dagster's engine, on an account that quotes in each refusal what it was
given; the whole command with its event log in `make acceptance`.
"""

import json
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from leak_scan import leaks, raw_leaks, terms_of
from mini_migration import mini_migration, whole
from served_home import served_home

from migration_assets.cli import main
from resources import exchange
from sandbox.generator.generate import generate_dataset
from sandbox.serve import Running

REFUSED = {"/api/tickets": 2, "/api/customers": 3, "/api/users": 3, "/api/upload": 2}
"""Every how many-th create of a kind is refused."""
DECIDED = (
    *("unknown_users stubs", "surveys off", "auto_merge off", "auto_split off", "rules off", "integrations off"),
    *("ai_agent exclude_by_tag", "tab:10103 accept"),
)
"""What the hostile account and its site are asked about."""


class Quoting(httpx.BaseTransport):
    """An account that refuses some creates and quotes what was asked, credentials included, wherever it can."""

    def __init__(self, make: Callable[..., httpx.BaseTransport]) -> None:
        self._to, self.counts, self.refused = make(), dict.fromkeys(REFUSED, 0), 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method != "POST" or path not in REFUSED:
            return self._to.handle_request(request)
        if b"canary" in request.read():
            return self._to.handle_request(request)
        self.counts[path] += 1
        if self.counts[path] % REFUSED[path]:
            return self._to.handle_request(request)
        asked = request.read().decode("utf-8", "replace")
        said = f"{asked} {request.headers['authorization']}"
        self.refused += 1
        given = json.loads(asked) if asked.startswith("{") else {"upload": asked}
        quoted = {str(value): [name] for name, value in given.items()} | {name: [str(v)] for name, v in given.items()}
        body = {"error": {"msg": f"Failed to create '{said}'", "data": quoted}}
        return httpx.Response(422, json=body, headers={"x-said": "y", "server": "nginx"})

    def close(self) -> None:
        self._to.close()


def test_the_scan_finds_what_it_looks_for(tmp_path: Path):
    """In a text, a database, a packed snapshot and the name of a file, as it is and as JSON and HTML write it."""
    dataset, home = tmp_path / "data", tmp_path / "home"
    generate_dataset(dataset, tickets=10, seed=3, profile="hostile", days=4)
    terms = terms_of(dataset, [("api", "gk_S3cr3tKey")])
    contacts = [json.loads(line) for line in (dataset / "tabs/Contacts/records.ndjson").read_text().splitlines()]
    names = [f"{row['first_name']} {row['last_name']}" for row in contacts if row["first_name"] and row["last_name"]]
    name = next(one for one in names if len(one) > 8)
    home.mkdir()
    assert leaks(home, terms) == []
    database = sqlite3.connect(home / "a.db")
    database.execute("CREATE TABLE t (plain TEXT, packed BLOB)")
    database.execute("INSERT INTO t VALUES (?, ?)", (f"it is {name}", zlib.compress(f"x{name.upper()}".encode())))
    database.commit()
    database.close()
    (home / "a.json").write_text(json.dumps({"key": "api gk_S3cr3tKey"}))
    found = leaks(home, terms, {"stdout": name.replace(" ", "%20")})
    assert found == [
        f"a.db t.packed: name: {name}",
        f"a.db t.plain: name: {name}",
        "a.json: credential: gk_S3cr3tKey",
        f"stdout: name: {name}",
    ]


def test_a_small_hostile_migration_leaves_nothing_of_people_outside_of_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    dataset, home = tmp_path / "data", tmp_path / "home"
    generate_dataset(dataset, tickets=12, seed=3, profile="hostile", days=3)
    made: list[Quoting] = []
    # Words of others are kept in the private folder of the process's own home.
    monkeypatch.setenv("MIGRATION_HOME", str(home))
    monkeypatch.setattr("resources.gorgias.client.exchange", _Exchange(made))
    caplog.set_level(logging.INFO)
    with mini_migration(dataset, home) as migration:
        outcome = whole(migration)
        for job in ("report", "handoff"):
            migration.job(job)
        credentials = [migration.sandbox.gorgias_auth, migration.sandbox.ivinex_auth]
    assert outcome.stopped is None, outcome.told()
    assert sum(one.refused for one in made) > 2
    assert [row for row in outcome.quarantine if "[words: private/answers.ndjson, " in row["message"]]
    printed = capfd.readouterr()
    texts = {"log": caplog.text, "stdout": printed.out, "stderr": printed.err}
    texts |= {name: str(result) for name, result in migration.results.items()}
    terms = terms_of(dataset, credentials)
    assert len(terms) > 300
    assert leaks(home, terms, texts) == []
    kept = (home / "private" / "answers.ndjson").read_bytes()
    assert terms.found_in(kept)
    assert credentials[0][1].encode() not in kept


class _Exchange:
    """The module, with a transport that quotes."""

    def __init__(self, made: list[Quoting]) -> None:
        self._made = made

    def transport(self, **options: Any) -> httpx.BaseTransport:
        self._made.append(Quoting(lambda: exchange.transport(**options)))
        return self._made[-1]

    def __getattr__(self, name: str) -> Any:
        return getattr(exchange, name)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Running]:
    dataset, home = tmp_path / "data", tmp_path / "home"
    generate_dataset(dataset, tickets=42, seed=3, profile="hostile", days=10)
    with served_home(dataset, home, "production") as sandbox:
        yield sandbox


@pytest.mark.acceptance
@pytest.mark.timeout(1200)
def test_the_command_leaves_nothing_of_people_outside_of_private_and_nothing_at_all_after_a_purge(
    served: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Standard output and error, log files, the ledger, Dagster's databases and snapshots, the documents."""
    monkeypatch.setattr("resources.gorgias.client.exchange", _Exchange(made := []))
    texts = {}
    for command in (
        "discover",
        "mapping propose",
        "mapping confirm --by Ann",
        "preflight decide missing_users create --by Ann",
        "preflight decide refused_users fallback --by Ann",
        *(f"preflight decide {point} --by Ann --reason test --deltas" for point in DECIDED),
        "run --verbose",
        "delta --verbose",
        "verify --verbose",
        "status",
        "gates list",
        "quarantine list",
        "conflicts list",
        "preflight show",
    ):
        for form in ([], ["--json"]):
            result = CliRunner().invoke(main, [*command.split(), *form])
            texts[f"{command} {form} stdout"], texts[f"{command} {form} stderr"] = result.stdout, result.stderr
            if command.startswith(("run", "delta", "discover", "mapping", "verify")):
                break
    assert made
    assert list((tmp_path / "home" / "handoff").glob("report.html"))
    terms = terms_of(tmp_path / "data", [served.gorgias_auth, served.ivinex_auth])
    assert leaks(tmp_path / "home", terms, texts) == []

    ended = CliRunner().invoke(main, ["purge", "--by", "Ann", "--reason", "hypercare is over", "--json"])
    assert ended.exit_code == 0, ended.output
    assert raw_leaks(tmp_path / "home", terms) == []
