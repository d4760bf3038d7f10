"""Tasks with the tickets they hang on, and groups from the admin's list."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ivinex_site import changed, serving
from ivinex_stage import Run, run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.exports.export_files import ExportProblem, Membership, read_groups

HEADER = "group_id,group,user_id,username"


def exported(home: Path, content: bytes) -> Path:
    (home / "admin_exports").mkdir(exist_ok=True)
    (home / "admin_exports" / "groups.csv").write_bytes(content)
    return home


def _records(dataset: Path, tab: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (dataset / "tabs" / tab / "records.ndjson").read_text().splitlines()]


def test_every_task_hangs_on_the_ticket_that_its_field_names_or_is_booked_as_independent(
    finished: Callable[[str], Run], datasets: Callable[[str], Path]
) -> None:
    run = finished("typical")
    source = _records(datasets("typical"), "Tasks")
    named = {(row["collection_id"], row["ticket"]) for row in source if row["ticket"] != "0"}
    links = run.rows("SELECT from_source_id, to_source_id FROM ivinex.links WHERE role = 'task_ticket'")
    assert {(task.split(":")[2], ticket.split(":")[2]) for task, ticket in links} == named
    booked = run.ledger.outcomes.outcomes_of("tasks")
    assert set(booked["reason"]) == {"independent task"}
    assert len(booked) == len(source) - len(named) == run.metadata["activity_sweep"]["independent_tasks"] > 0


@pytest.mark.parametrize("mode", ["auto", "ticket"])
def test_a_task_that_only_the_related_items_know_is_found_and_no_ticket_is_asked_twice(
    datasets: Callable[[str], Path], tmp_path: Path, home: Path, mode: str
) -> None:
    dataset = changed(datasets("typical"), tmp_path / "linked")
    task = next(row["collection_id"] for row in _records(dataset, "Tasks") if row["ticket"] == "0")
    ticket = _records(dataset, "Tickets")[-1]["collection_id"]
    with (dataset / "links.ndjson").open("a") as links:
        links.write(json.dumps({"From": f"10102:{task}", "To": f"10101:{ticket}", "LinkType": "Related"}) + "\n")
    with serving(dataset) as site:
        run = run_stage(site, home, relations=mode)
        asked = site.stats()["requests"]
    found = run.rows("SELECT to_source_id, via FROM ivinex.links WHERE from_source_id = ?", f"ivinex:10102:{task}")
    assert found == [(f"ivinex:10101:{ticket}", "related")]
    parents = sum(len(_records(dataset, tab)) for tab in ("Tickets", "Organizations"))
    assert asked["GetAllRelatedItems"] <= parents


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n1,Support,7,ann\n1,Support,8,bob\n4,Empty,,\n".encode(),
        f"\ufeff{HEADER}\r\n1,Support,7,ann\r\n1,Support,8,bob\r\n4,Empty,,\r\n\r\n".encode(),
        b"Group ID;Group Name;User ID;Login\n1;Support;7;ann\n1;Support;8;bob\n1;Support;8;bob\n4;Empty;;\n",
    ],
)
def test_groups_are_read_whatever_the_spreadsheet_did(tmp_path: Path, content: bytes) -> None:
    assert read_groups(exported(tmp_path, content)) == [
        Membership("1", "Support", "7", "ann"),
        Membership("1", "Support", "8", "bob"),
        Membership("4", "Empty", None, ""),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"group_id,group\n1,Support\n", "line 1: missing columns user_id, username"),
        (f"{HEADER}\nx,Support,7,ann\n".encode(), "line 2, column group_id"),
        (f"{HEADER}\n1,,7,ann\n".encode(), "line 2, column group: group 1 needs one name"),
        (f"{HEADER}\n1,Support,7,ann\n1,Sales,8,bob\n".encode(), "line 3, column group: group 1 needs one name"),
        (f"{HEADER}\n1,Support,,ann\n".encode(), "line 2, column user_id"),
    ],
)
def test_a_bad_list_of_groups_is_named_by_file_line_and_column(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ExportProblem, match=words) as caught:
        read_groups(exported(tmp_path, content))
    assert "groups.csv" in str(caught.value)


def test_a_missing_list_of_groups_is_told_with_its_columns_and_stops_nothing(serve: Callable, home: Path) -> None:
    site = serve()
    (home / "admin_exports" / "groups.csv").unlink()
    run = run_stage(site, home, select=[ivinex_assets.groups])
    said = run.metadata["groups"]
    assert said["dagster/row_count"] == 0
    assert "groups.csv is missing" in said["problem"]
    assert "group_id, group, user_id, username" in said["problem"]
    assert list(run.ledger.losses.loss_rows()["kind"]) == ["export missing"]
