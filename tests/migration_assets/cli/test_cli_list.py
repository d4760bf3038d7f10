"""`migrate list`: how far each migration of a folder is, and what is wrong with one is told in its own line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from migration_assets.migration_file import settings_of_migration
from migration_assets.orchestration.failed_runs import WHOLE, failures_noted
from migration_assets.orchestration.runs import RunFailed
from resources.ledger import Ledger, connecting
from resources.notifier import MOST_BYTES

SAID = "At most 25 active custom fields."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five migrations: fresh, half loaded, failed, of a newer release, and on a database that is away."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MIGRATION", raising=False)
    monkeypatch.setenv("AWAY", "postgresql://a:sesame@127.0.0.1:9/x")
    (tmp_path / "migrations").mkdir()
    for name in ("fresh", "half", "failed", "newer", "away"):
        more = "secrets:\n  ledger_url: AWAY\n" if name == "away" else ""
        text = f"target: staging\ngorgias_base_url: https://{name}.gorgias.com\n{more}"
        (tmp_path / "migrations" / f"{name}.yaml").write_text(text)
    (tmp_path / "migrations" / "wrong.yaml").write_text("target: staging\ncolour: red\n")
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[[str], Ledger]]:
    made: list[Ledger] = []

    def open_one(name: str) -> Ledger:
        settings = settings_of_migration(name, folder)
        made.append(Ledger.open(settings.ledger_address, settings.account))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def rows(migrate: Callable[..., Result]) -> dict[str, dict[str, Any]]:
    result = migrate("list", "--json")
    assert result.exit_code == 0, result.output
    return {row["migration"]: row for row in json.loads(result.stdout)["migrations"]}


def test_each_is_shown_with_how_far_it_is_and_what_ended_it(
    folder: Path, opened: Callable[[str], Ledger], migrate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connecting, "PATIENCE", 3600.0)  # a list waits for nobody
    half = opened("half")
    half.progress.note_progress("gorgias/tickets", 1, 2, 1)
    # A ticket takes seven seconds, as at two calls a second.
    half.progress.note_progress("days", 40, 100, 0.15)
    half.quality_gates.record_gate("staging/tickets:schema", "2024-05-01", False, "subject: too long (3)", "run")
    with pytest.raises(RunFailed), failures_noted(opened("failed")):
        raise RunFailed("load_days", "1", SAID, "gorgias/custom_fields")
    with opened("newer").engine.begin() as tx:
        tx.exec_driver_sql("UPDATE schema_version SET version = 99")

    found = rows(migrate)
    assert (found["fresh"]["phase"], found["fresh"].get("error")) == ("not begun", None)
    assert not (folder / ".migration" / "fresh").exists()
    shown = {key: found["half"][key] for key in ("phase", "done", "total", "per_second", "time_left", "closed_gates")}
    assert shown == {
        **{"phase": "days", "done": 40, "total": 100, "per_second": 0.15, "time_left": "about 7 min"},
        "closed_gates": 1,
    }
    assert found["failed"]["error"].endswith(f"UTC load_days gorgias/custom_fields: {SAID}")
    assert "schema version 99" in found["newer"]["error"]
    assert "PostgreSQL does not answer" in found["away"]["error"]
    assert "line 2: colour is no setting" in found["wrong"]["error"]
    assert "sesame" not in str(found)
    table = migrate("list").stdout
    assert all(name in table for name in found)


def test_what_a_command_of_one_of_them_asks_for_names_it(
    folder: Path, migrate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MIGRATION", "")  # the option sets it for the process
    result = migrate("--migration", "fresh", "status")
    assert "Start it with `migrate --migration fresh discover`" in " ".join(result.output.split())
    assert result.exit_code == 2


@pytest.mark.parametrize("points", [9, 40, 400])
def test_what_ended_a_command_is_told_whole_or_up_to_the_end_of_a_sentence(
    folder: Path, opened: Callable[[str], Ledger], points: int
):
    said = " ".join(
        f"Point {number} is open: the job prepare, or `migrate preflight decide {number} off --by NAME`, "
        "closes it and so does `migrate preflight show`."
        for number in range(points)
    )
    ledger = opened("failed")
    with pytest.raises(RunFailed), failures_noted(ledger):
        raise RunFailed("load_days", "1", said, "gorgias/custom_fields")
    kept = ledger.failed_runs.newest(1)["message"][0]
    assert kept == said or (points > 40 and said.startswith(kept.removesuffix(WHOLE)))
    assert kept.removesuffix(WHOLE).endswith("`migrate preflight show`.")
    assert 2 * len(kept) < MOST_BYTES  # the webhook is told it twice in one notice
