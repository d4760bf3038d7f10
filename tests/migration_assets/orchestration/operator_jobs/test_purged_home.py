"""A purged home reads and writes no more, from no command and no job, and says what to do instead."""

import json
from typing import Any

import pytest

from migration_assets.expected_failures import plainly
from resources.warehouse import WarehouseResource

NAMED = ("--by", "Ann Lee", "--reason", "a test")
COMMANDS = [
    ("discover",),
    ("run",),
    ("delta",),
    ("delta", "--final", "--by", "Ann Lee"),
    ("verify",),
    ("adopt", *NAMED),
    ("quarantine", "replay", "--by", "Ann Lee"),
    ("rollback",),
    ("rollback", "--execute", *NAMED),
    ("mapping", "propose"),
    ("mapping", "confirm", "--by", "Ann Lee"),
    ("mapping", "restore"),
    ("preflight", "decide", "surveys", "off", *NAMED),
]
NAME = {"by": "Ann Lee", "reason": "a test"}
JOBS: list[tuple[str, dict[str, Any]]] = [
    ("discover", {}),
    ("prepare", {}),
    ("find_changes", {}),
    ("verify", {}),
    ("final_delta", {"by": "Ann Lee"}),
    ("migrate_range", {"first": "2024-05-01", "last": "2024-05-02"}),
    ("plan_rollback", {}),
    ("roll_back", NAME),
    ("adopt_account", NAME),
    ("confirm_mapping", {"by": "Ann Lee"}),
    ("restore_mapping", {"by": "Ann Lee"}),
    ("decide_preflight", {"topic": "surveys", "choice": "switch_off", **NAME}),
]
TOLD = "People's data of this migration was erased here on "
WAY_OUT = "set MIGRATION_HOME to an empty folder"


@pytest.fixture
def purged(home: Any) -> Any:
    assert home.command("backup", str(home.folder.parent / "kept")).exit_code == 0
    ended = home.command("purge", *NAMED)
    assert ended.exit_code == 0, ended.output
    assert "a new MIGRATION_HOME can" in ended.stdout
    return home


def test_every_command_that_reads_or_writes_refuses_and_names_the_way_out(purged: Any):
    before = purged.state()
    for command in [*COMMANDS, ("restore", str(purged.folder.parent / "kept"))]:
        ended = purged.command(*command)
        assert ended.exit_code == 4, (command, ended.output)
        said = " ".join(ended.stderr.split())
        assert TOLD in said, command
        assert WAY_OUT in said
    assert purged.state() == before
    assert not list(purged.folder.glob("warehouse.duckdb"))


def test_every_job_of_the_ui_refuses_in_the_same_words_before_it_asks_anybody(purged: Any):
    before = purged.state()
    place = str(purged.folder.parent / "kept")
    for name, config in [*JOBS, ("restore_home", {"place": place, "by": "Ann Lee"})]:
        ended = purged.job(name, **config)
        assert not ended.success, name
        assert TOLD in ended.said, (name, ended.said)
        assert WAY_OUT in ended.said
    assert purged.state() == before


def test_the_doctor_says_that_no_run_can_start_in_the_command_and_in_the_job(purged: Any):
    ended = purged.command("doctor", "--json")
    (point,) = (one for one in json.loads(ended.stdout)["points"] if one["name"] == "purge")
    assert (ended.exit_code, point["state"]) == (2, "wrong"), ended.output
    ended_job = purged.job("doctor")
    for said in (point["said"], ended_job.said):
        assert TOLD in said
        assert WAY_OUT in said
    assert ended_job.numbers["exit_code"] == 2


def test_what_stays_can_be_looked_at(purged: Any):
    ended = purged.command("status")
    assert ended.exit_code == 0, ended.output
    assert TOLD in " ".join(ended.stdout.split())
    assert "schema" in purged.command("gates", "list").stdout
    assert purged.command("purge", *NAMED).exit_code == 0


def test_an_asset_is_stopped_before_its_first_line(purged: Any):
    reached = []
    resource = WarehouseResource(database=str(purged.folder / "warehouse.duckdb"))
    with pytest.raises(Exception, match=TOLD):
        plainly(reached.append)(warehouse=resource)
    assert reached == []
