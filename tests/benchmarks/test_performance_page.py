"""The page of performance says what the results say: made beside fewest, what is above, and hours by arithmetic."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import performance_page
from benchmarks.fewest_calls import table
from benchmarks.hundred_thousand import CUSTOMER_CALLS, DOWNLOAD, milestones
from benchmarks.jumping_clock import JumpingClock


def size(customer_calls: int = 3) -> dict[str, Any]:
    """1,000 tickets of 500 customers, whose proof takes a tenth of a call a ticket."""
    made = {name: 500 for name in CUSTOMER_CALLS[:customer_calls]} | {"POST /api/tickets": 1_001, "GET /api/account": 9}
    operations = [
        vars(one)
        for one in table(made, {name: 500 for name in CUSTOMER_CALLS[:customer_calls]} | {"POST /api/tickets": 1_000})
    ]
    load = sum(made.values())
    operations.append({"name": DOWNLOAD, "made": 52, "fewest": 50, "why": ""})
    cell = {"ivinex": {"Records": 3}, "gorgias": made, "cpu": {"discover": 2.0}, "all": 3.0, "peak_mib": 400}
    return {
        "tickets": 1_000, "days": 30, "overflow": "data" if customer_calls == 3 else "field",
        "machine": {"at": "today"},
        "moved": {"tickets": 1_000, "customers": 500}, "operations": operations, "commands": {"run": cell},
        "calls": {"made": load + 100, "fewest": load}, "load": {"made": load, "fewest": load - 10},
        "proof": {"made": 100, "fewest": 90}, "forecast": {"calls": load, "made": load + 100},
        "pages": {"made": 102, "fewest": 100},
    }  # fmt: skip


def test_an_operation_above_its_fewest_says_why_and_the_others_say_nothing():
    rows = table({"POST /api/tickets": 3, "POST /api/users": 2}, {"POST /api/tickets": 2, "POST /api/users": 2})
    assert [(one.name, bool(one.why)) for one in rows] == [("POST /api/tickets", True), ("POST /api/users", False)]


def test_a_call_less_for_each_customer_is_seven_hours_less_at_a_hundred_thousand_tickets():
    three, two = milestones(size()), milestones(size(2))
    assert three.files == pytest.approx(6.8, abs=0.1)
    assert three.map < three.useful < three.newest < three.loaded < three.verified
    assert three.loaded - two.loaded == pytest.approx(50_000 / 1.8 / 3600, abs=0.2)


def test_files_proved_by_a_sample_cost_so_much_less_time_to_the_proof_and_none_to_the_load():
    whole, sample = milestones(size()), milestones(size(), 0.1)
    assert sample.loaded == whole.loaded
    assert whole.verified - sample.verified == pytest.approx(0.9 * 100 * 50 / 1.8 / 3600, abs=0.2)


def test_the_page_is_written_whole_from_the_results_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(performance_page, "RESULTS", tmp_path / "results")
    performance_page.keep("size-1000", size())
    performance_page.keep("size-1000-field", size(2))
    result = {"columns": ["", "calls"], "rows": [["dlt", 7]], "sentences": ["It was skipped."]}
    performance_page.keep("comparison", result)
    page = tmp_path / "performance.md"
    page.write_text("an older page")
    performance_page.write(page)
    text = page.read_text()
    assert "an older page" not in text
    for told in ("1,000 tickets, overflow: field", "GET /api/account", "| dlt | 7 |", "It was skipped.", "102 (1.020)"):
        assert told in text
    assert json.loads((tmp_path / "results" / "size-1000.json").read_text())["tickets"] == 1_000


def test_a_clock_that_jumps_never_goes_back():
    clock = JumpingClock()
    clock.jump_to(100.0)
    clock.jump_to(50.0)
    assert 100.0 <= clock() < 101.0
