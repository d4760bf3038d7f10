"""The doctor names each thing that would keep a run from its end, and changes nothing."""

import http.server
import re
import threading
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from time import time
from types import SimpleNamespace

import duckdb
import pytest

from migration_assets.migration_file import settings_of_migration
from migration_assets.orchestration import doctor
from migration_assets.orchestration.doctor import FAIL, OK, WARN, NotStartable, Point, examine, require_startable
from migration_assets.settings import Settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse


@pytest.fixture
def server() -> Iterator[type[http.server.BaseHTTPRequestHandler]]:
    """A server whose clock a test sets; `address` is where it is."""

    class Site(http.server.BaseHTTPRequestHandler):
        off = 0.0
        address = ""

        def do_GET(self) -> None:
            self.send_response_only(403)
            self.send_header("Date", formatdate(time() + self.off, usegmt=True))
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Site) as running:
        Site.address = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Site
        running.shutdown()
        thread.join()


def points(home: Path, **more: object) -> dict[str, Point]:
    return {one.name: one for one in examine(Settings(MIGRATION_HOME=home, **more))}  # type: ignore[arg-type]


def test_an_empty_home_is_fine_and_stays_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    found = points(tmp_path / "home")
    assert not (tmp_path / "home").exists()
    assert found["settings"].state == FAIL
    assert "GORGIAS_BASE_URL" in found["settings"].said
    states = {
        name: found[name].state for name in ("dagster", "home", "ports", "dagster storage", "ledger", "warehouse")
    }
    assert set(states.values()) == {OK}, states


def test_clocks_that_differ_are_told_with_by_how_much(tmp_path: Path, server: type):
    def state() -> Point:
        return points(tmp_path, gorgias_base_url=server.address)["gorgias"]

    assert state().state == OK
    server.off = 100
    told = re.search(r"its clock is (\d+) s from ours", state().said)
    assert told is not None
    assert (state().state, 90 < int(told[1]) < 110) == (WARN, True)
    server.off = -4000
    assert state().state == FAIL


def test_the_one_read_with_the_credentials_tells_the_clock_as_well(
    tmp_path: Path, server: type, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(server, "off", -4000.0)
    monkeypatch.setattr(doctor, "look_at_clock", None)
    found = points(
        tmp_path,
        **{"gorgias_base_url": server.address, "gorgias_email": "a@b.co", "gorgias_api_key": "sesame"},
        **{"ivinex_base_url": server.address, "ivinex_username": "a", "ivinex_password": "sesame"},
    )
    for name in ("ivinex", "gorgias"):
        assert (found[name].state, "its clock is" in found[name].said) == (FAIL, True)
    assert found["ivinex credentials"].state == FAIL


def test_a_server_that_does_not_answer_is_told_by_its_setting(tmp_path: Path):
    found = points(tmp_path, ivinex_base_url="http://127.0.0.1:9")["ivinex"]
    assert (found.state, "IVINEX_BASE_URL" in found.said) == (FAIL, True)
    given = {
        "gorgias_email": "a@b.co",
        "gorgias_api_key": "sesame",
        "ivinex_username": "a",
        "ivinex_password": "sesame",
    }
    both = points(tmp_path, ivinex_base_url="http://127.0.0.1:9", gorgias_base_url="http://127.0.0.1:9", **given)
    assert [name for name in both if "credentials" in name] == []
    for name in ("ivinex", "gorgias"):
        assert (both[name].state, f"{name.upper()}_BASE_URL" in both[name].said) == (FAIL, True)


def test_a_newer_schema_is_told_for_ledger_and_warehouse(tmp_path: Path):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")
    with ledger.engine.begin() as tx:
        tx.exec_driver_sql("UPDATE schema_version SET version = 99")
    ledger.close()
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).execute(
        "CREATE TABLE schema_version AS SELECT 98 AS version"
    ).close()
    found = points(tmp_path)
    assert (found["ledger"].state, "99" in found["ledger"].said) == (FAIL, True)
    assert (found["warehouse"].state, "98" in found["warehouse"].said) == (FAIL, True)


def test_a_warehouse_that_this_process_works_with_is_no_damaged_one(tmp_path: Path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.held():
        assert points(tmp_path)["warehouse"].state == OK
    assert points(tmp_path)["warehouse"].state == OK


def test_a_home_that_is_open_to_others_is_told_and_left(tmp_path: Path):
    tmp_path.chmod(0o755)
    assert points(tmp_path)["home"].state == WARN
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_home_that_two_migrations_of_a_folder_have_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "broken.yaml").write_text("home: [")
    for name, home in (("north", "one"), ("south", "one"), ("west", "another")):
        (tmp_path / "migrations" / f"{name}.yaml").write_text(f"target: staging\nhome: {tmp_path / home}\n")
    state, said = doctor._home(settings_of_migration("north", tmp_path))
    assert state == doctor.FAIL
    assert re.search("is the home of south too.*give each a folder of its own.*north.yaml", said)
    assert doctor._home(settings_of_migration("west", tmp_path))[0] == doctor.OK


def test_a_home_that_is_a_file_is_told(tmp_path: Path):
    (tmp_path / "home").write_text("not a folder")
    found = points(tmp_path / "home")["home"]
    assert (found.state, "is no folder" in found.said) == (FAIL, True)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("postgres_url: postgresql://a:sesame@localhost/x", "has to begin with postgresql[+]psycopg2://"),
        ("postgres_url: {env: NO_SUCH_VARIABLE_HERE}", "NO_SUCH_VARIABLE_HERE, which is not set"),
        ("postgres_url: postgresql+psycopg2://a:sesame@127.0.0.1:9/x", "does not answer"),
    ],
)
def test_a_storage_that_would_not_start_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str, words: str
):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text(f"storage:\n  postgres:\n    {block}\n")
    found = points(tmp_path)["dagster storage"]
    assert found.state == FAIL
    assert re.search(words, found.said)
    assert "sesame" not in found.said


def test_a_ledger_on_postgresql_is_reached(tmp_path: Path, postgres_url: str):
    assert points(tmp_path, ledger_url=postgres_url)["ledger"].state == OK
    wrong = points(tmp_path, ledger_url=postgres_url.replace("@/", "@/no_such_"))["ledger"]
    assert (wrong.state, "does not answer" in wrong.said) == (FAIL, True)


WAY_OUT = re.compile(
    r"`[^`]+`|MIGRATION_|_BASE_URL|LEDGER_URL|pip install|NTP|docs/|set it to|look at|has to begin with"
)


def test_a_run_that_would_fail_is_not_started_and_every_point_has_its_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    tmp_path.chmod(0o700)
    settings = Settings(MIGRATION_HOME=tmp_path)
    assert all(point.state == WARN for point in require_startable(settings))
    (tmp_path / "warehouse.duckdb").write_text("no database")
    Ledger.open(settings.ledger_address, settings.account).close()
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1_000_000}))
    monkeypatch.setattr(doctor, "version", lambda name: "1.13.27" if name == "dagster" else "0.29.26")
    with pytest.raises(NotStartable) as told:
        require_startable(settings)
    lines = str(told.value).splitlines()
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == ["dagster", "disk", "warehouse"]
    assert all(WAY_OUT.search(line) for line in lines[1:]), lines


def test_a_place_for_backups_is_looked_at_and_left_as_it_is(tmp_path: Path):
    place = tmp_path / "kept"
    assert points(tmp_path / "home", backup=str(place))["backup"].state == OK
    assert not place.exists()
    place.mkdir()
    (place / "manifest.json").write_text('{"account": "staging:another.gorgias.com"}')
    other = points(tmp_path / "home", backup=str(place))["backup"]
    assert (other.state, "staging:another.gorgias.com" in other.said) == (FAIL, True)


def test_whatever_is_wrong_is_told_with_its_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: type[http.server.BaseHTTPRequestHandler]
):
    monkeypatch.setattr(server, "off", -4000.0)
    monkeypatch.setattr(doctor, "socket", SimpleNamespace(socket=lambda: (_ for _ in ()).throw(OSError(99, "none"))))
    found = examine(
        Settings(MIGRATION_HOME=tmp_path, gorgias_base_url=server.address, ivinex_base_url="http://127.0.0.1:9")  # type: ignore[call-arg,attr-defined]
    )
    wrong = [point for point in found if point.state == FAIL]
    assert {point.name for point in wrong} >= {"settings", "ports", "ivinex", "gorgias"}
    assert [point.name for point in wrong if not WAY_OUT.search(point.said)] == []
