"""Tasks with the tickets they hang on, and groups from the admin's list."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ivinex_site import changed, serving
from ivinex_stage import Run, records, run_stage

from migration_assets.ivinex import assets as ivinex_assets


def test_every_task_hangs_on_the_ticket_that_its_field_names_or_is_booked_as_independent(
    finished: Callable[[str], Run], datasets: Callable[[str], Path]
) -> None:
    run = finished("typical")
    source = records(datasets("typical"), "Tasks")
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
    task = next(row["collection_id"] for row in records(dataset, "Tasks") if row["ticket"] == "0")
    ticket = records(dataset, "Tickets")[-1]["collection_id"]
    with (dataset / "links.ndjson").open("a") as links:
        links.write(json.dumps({"From": f"10102:{task}", "To": f"10101:{ticket}", "LinkType": "Related"}) + "\n")
    with serving(dataset) as site:
        run = run_stage(site, home, relations=mode)
        asked = site.stats()["requests"]
    found = run.rows("SELECT to_source_id, via FROM ivinex.links WHERE from_source_id = ?", f"ivinex:10102:{task}")
    assert found == [(f"ivinex:10101:{ticket}", "related")]
    parents = sum(len(records(dataset, tab)) for tab in ("Tickets", "Organizations"))
    assert asked["GetAllRelatedItems"] <= parents


def test_a_missing_list_of_groups_is_told_with_its_columns_and_stops_nothing(serve: Callable, home: Path) -> None:
    site = serve()
    (home / "admin_exports" / "groups.csv").unlink()
    run = run_stage(site, home, select=[ivinex_assets.groups])
    said = run.metadata["groups"]
    assert said["dagster/row_count"] == 0
    seen = run.checks["groups:export_present"]
    assert not seen.passed
    for told in (said["problem"], seen.description):
        assert "groups.csv is missing; it needs group_id, group, user_id, username" in told
    assert list(run.ledger.losses.loss_rows()["kind"]) == ["export missing"]
