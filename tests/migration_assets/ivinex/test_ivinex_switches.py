"""Each assumption flipped, one at a time: the same state of stage 1 in the end, or a stop that names it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ivinex_stage import Run, Serve, run_stage

SAME: dict[str, list[Any]] = {
    "A-01": ["php", "bare"],
    "A-02": ["post", "get", "basic"],
    "A-03": ["xml"],
    "A-04": ["modules", "bare", "name_id"],
    "A-05": ["short", "defaults_always"],
    "A-06": ["ignored"],
    "A-07": ["none"],
    "A-08": ["ids"],
    "A-10": ["absent"],
    "A-11": ["record", "tab"],
    "A-12": [{"host": "other"}, {"form": "text"}],
    "A-13": [50, 25],
    "A-14": ["unstable", "descending"],
    "A-15": ["repeat_last", "404"],
    "A-16": ["403"],
    "A-21": ["empty"],
    "A-22": ["failed"],
    "A-25": ["marked"],
    "A-28": ["off"],
    "A-29": ["list"],
    "A-31": ["none"],
    "A-33": ["yes_no"],
}
TOGETHER = [
    {"A-01": "bare", "A-02": "get", "A-03": "xml", "A-04": "name_id", "A-05": "short", "A-10": "absent"},
    {"A-02": "basic", "A-04": "bare", "A-07": "none", "A-11": "record", "A-13": 25, "A-16": "403"},
    {"A-11": "tab", "A-12": {"host": "other", "form": "text"}, "A-14": "unstable", "A-15": "404", "A-21": "empty"},
    {"A-14": "descending", "A-15": "repeat_last", "A-25": "marked", "A-29": "list", "A-31": "none"},
]
ONE_BY_ONE = [{switch: value} for switch, values in SAME.items() for value in values]


@pytest.fixture
def unflipped(finished: Callable[[str], Run]) -> dict[str, Any]:
    """The state of stage 1 on the hostile site as it is by default."""
    return finished("hostile").present()


@pytest.mark.parametrize(
    "switches",
    [pytest.param(one, marks=pytest.mark.acceptance) for one in [*TOGETHER, *ONE_BY_ONE]],
    ids=str,
)
def test_the_same_state_whatever_the_site_answers(
    serve: Serve, home: Path, unflipped: dict[str, Any], switches: dict[str, Any]
) -> None:
    # Credentials go into an address only where a person says so.
    carried = {"credentials": "query"} if switches.get("A-02") == "get" else {}
    found = run_stage(serve("hostile", switches=switches), home, **carried).present()
    for name, rows in unflipped.items():
        assert found[name] == rows, name


@pytest.mark.parametrize("fallback", ["classic", "records"])
def test_the_same_records_in_either_dialect(serve: Serve, home: Path, unflipped: dict[str, Any], fallback: str) -> None:
    found = run_stage(serve("hostile"), home, dialect=fallback).present()
    for name, rows in unflipped.items():
        assert [row[0] for row in found[name]] == [row[0] for row in rows], name


def test_an_ignored_offset_stops_the_classic_dialect_before_anything_is_stored(serve: Serve, home: Path) -> None:
    with pytest.raises(Exception, match="A-06"):
        run_stage(serve(switches={"A-06": "ignored"}), home, dialect="classic")


def test_redirects_stop_the_run_and_name_the_assumption(serve: Serve, home: Path) -> None:
    with pytest.raises(Exception, match="A-32"):
        run_stage(serve(switches={"A-32": "redirect"}), home)


@pytest.mark.parametrize("mode", [pytest.param(one, marks=pytest.mark.acceptance) for one in ("sweep", "ticket")])
def test_relations_are_the_same_in_every_mode(serve: Serve, home: Path, unflipped: dict[str, Any], mode: str) -> None:
    run = run_stage(serve("hostile"), home, relations=mode)
    assert run.present()["links"] == unflipped["links"]
    assert run.metadata["activity_sweep"]["relations_mode"] == mode


def test_where_nobody_says_a_mode_the_links_of_whole_tabs_are_taken(finished: Callable[[str], Run]) -> None:
    assert finished("hostile").metadata["activity_sweep"]["relations_mode"] == "sweep"


def test_auto_falls_back_to_one_call_per_ticket_where_the_join_lacks_a_link(
    serve: Serve, home: Path, unflipped: dict[str, Any]
) -> None:
    run = run_stage(serve("hostile", switches={"A-11": "record"}), home)
    metadata = run.metadata["activity_sweep"]
    assert metadata["relations_mode"] == "ticket"
    assert metadata["differing"] > 0
    assert "lacks" in metadata["relations_note"]
    assert run.present()["links"] == unflipped["links"]


def test_where_no_record_can_be_asked_the_missing_proof_is_told(serve: Serve, home: Path) -> None:
    run = run_stage(serve("hostile", switches={"A-11": "tab"}), home)
    assert "A-11" in run.metadata["activity_sweep"]["relations_note"]
    assert run.metadata["activity_sweep"]["sampled"] == 0
