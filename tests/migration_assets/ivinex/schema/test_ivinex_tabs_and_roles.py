"""Tabs: roles, hidden tabs, empty ones, and what stops a run."""

from pathlib import Path
from typing import Any

import pytest
from ivinex_stage import run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.schema.tabs import fatal_problems, inspect_tabs
from migration_assets.mapping.heuristics.role_proposal import propose_roles
from migration_assets.mapping.roles import BadRoles, selected_roles
from resources.ivinex.client import Look
from resources.ivinex.failures import Forbidden, Where
from resources.ivinex.response_parser import Field, Tab


class Tabs:
    """A site of named tabs: rows, or `marker`, `nothing`, `forbidden`."""

    def __init__(self, **answers: str) -> None:
        self._answers = answers

    def tabs(self) -> list[Tab]:
        return [Tab(name, str(1000 + place)) for place, name in enumerate(self._answers)]

    def fields(self, tab: Tab) -> list[Field]:
        return []

    def look(self, tab: Tab) -> Look:
        answer = self._answers[tab.name]
        if answer == "forbidden":
            raise Forbidden("the API user may not do this", Where("Records", "https://x/API/Records.php"), 403)
        return Look(1 if answer == "rows" else 0, answer == "marker")


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Contacts", "contact"),
        ("Customers", "contact"),
        ("Organizations", "organization"),
        ("Organisations", "organization"),
        ("Accounts", "organization"),
        ("Companies", "organization"),
        ("Tickets", "ticket"),
        ("Support Tickets", "ticket"),
        ("Cases", "ticket"),
        ("Activities", "activity"),
        ("E-Mails", "activity"),
        ("Tasks", "task"),
        ("To-Dos", "task"),
        ("Payroll", None),
        ("Projects", None),
        ("Products", None),
        ("Invoices", None),
    ],
)
def test_a_name_suggests_a_role_with_a_reason(name: str, role: str | None) -> None:
    proposal = propose_roles([("7", name)])["7"]
    assert proposal.role == role
    assert name in proposal.reason
    assert 0 <= proposal.confidence <= 1


def test_the_map_wins_over_the_names(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text("roles: {contact: ['1001'], ticket: [1000]}\n")
    frame = inspect_tabs(Tabs(Contacts="rows", Tickets="rows", Activities="rows"), tmp_path)  # type: ignore[arg-type]
    assert dict(zip(frame["tab"], frame["role"].fillna("none"), strict=True)) == {
        "Contacts": "ticket",
        "Tickets": "contact",
        "Activities": "none",
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("roles: [1001]", "roles"),
        ("roles: {colour: ['1']}", "roles"),
        ("roles: {contact: 1001}", "roles.contact"),
        ("roles: {contact: ['1'], ticket: ['1']}", "already has the role contact"),
        ("partition_fallback: yesterday", "partition_fallback"),
        ("roles: {", "not readable YAML"),
        ("- roles", "expected keys"),
    ],
)
def test_a_bad_map_is_named_with_file_and_key(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "mapping.yaml").write_text(content)
    with pytest.raises(BadRoles, match=words) as caught:
        selected_roles(tmp_path)
    assert "mapping.yaml" in str(caught.value)


def test_a_required_role_without_a_tab_stops_and_names_the_way_out(tmp_path: Path) -> None:
    fatal = fatal_problems(inspect_tabs(Tabs(Contacts="rows", Projects="rows"), tmp_path))  # type: ignore[arg-type]
    assert len(fatal) == 1
    assert "role ticket" in fatal[0]
    assert "mapping.yaml" in fatal[0]
    assert "Read permission" in fatal[0]


def test_a_tab_that_the_admin_lists_and_the_site_does_not_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "admin_exports").mkdir()
    (tmp_path / "admin_exports" / "tabs.csv").write_text("Tab\r\nContacts\r\nTickets\r\nComplaints\r\n")
    frame = inspect_tabs(Tabs(Contacts="rows", Tickets="rows"), tmp_path)  # type: ignore[arg-type]
    assert not frame.set_index("tab")["listed"]["Complaints"]
    assert "may not see it" in frame.set_index("tab")["problem"]["Complaints"]
    assert fatal_problems(frame) == [], "it is suspect, which closes the load and not the discovery"


def test_a_tab_of_the_map_that_the_site_does_not_show_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text("roles: {contact: ['1000'], ticket: ['1001'], task: ['777']}\n")
    frame = inspect_tabs(Tabs(Contacts="rows", Tickets="rows"), tmp_path)  # type: ignore[arg-type]
    assert "may not see it" in frame.set_index("tab")["problem"]["777"]
    assert fatal_problems(frame) == []


@pytest.mark.parametrize(
    ("answer", "fatal", "problem"),
    [("nothing", 1, "marker"), ("forbidden", 1, "403"), ("marker", 0, ""), ("rows", 0, "")],
)
def test_a_required_tab_must_answer(tmp_path: Path, answer: str, fatal: int, problem: str) -> None:
    frame = inspect_tabs(Tabs(Contacts="rows", Tickets=answer), tmp_path)  # type: ignore[arg-type]
    assert len(fatal_problems(frame)) == fatal
    assert problem in frame["problem"].iloc[1]


def test_an_unreadable_tab_without_a_role_is_escalated_and_does_not_stop(serve: Any, home: Path) -> None:
    run = run_stage(serve("hostile"), home, select=[ivinex_assets.tabs])
    assert run.metadata["tabs"]["suspect"] == 1
    assert "Payroll" in run.metadata["tabs"]["problem"]
    assert run.rows("SELECT tab FROM ivinex.tabs WHERE empty") == [("Projects",)]
