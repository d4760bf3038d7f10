"""What a stage says of a slice replaces what it said before; what the gate booked stays."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.ledger import Ledger, Loss, Outcome, Quarantined
from resources.ledger.records import Completion, Intent, State, WriteKey

DAY, NEXT = "2026-01-05", "2026-01-06"


def said(ledger: Ledger, name: str = "tickets") -> dict[str, tuple[str, str]]:
    frame = ledger.outcomes.outcomes_of(name)
    return {row["source_id"]: (row["outcome"], row["reason"]) for row in frame.to_dict("records")}


def set_aside(ledger: Ledger) -> set[str]:
    return set(ledger.quarantine.rows()["source_id"])


def write(ledger: Ledger, state: State, outcome: Outcome, quarantined: tuple[Quarantined, ...] = ()) -> None:
    key = WriteKey("tickets", outcome.source_id, "create")
    fence = (ledger.leases.current() or ledger.leases.try_lease("me", 600)).fence
    ledger.writes.begin([Intent(key, "h", partition=outcome.partition)], fence, "run")
    outcomes = () if quarantined else (outcome,)
    ledger.writes.complete([Completion(key, state, 5, outcomes=outcomes, quarantined=quarantined)], fence, "run")


def test_saying_a_slice_again_replaces_it_and_no_other(ledger: Ledger):
    ledger.outcomes.record_outcomes(
        "tickets", "staging", [Outcome("a", "skipped", "x", DAY), Outcome("b", "skipped", "x", NEXT)]
    )
    ledger.outcomes.record_outcomes("tickets", "staging", [Outcome("c", "merged", "y", DAY)], [DAY])
    assert said(ledger) == {"b": ("skipped", "x"), "c": ("merged", "y")}


@pytest.mark.parametrize("gate_first", [True, False], ids=["staging speaks later", "the gate speaks later"])
def test_what_the_gate_booked_stands_whenever_staging_speaks(ledger: Ledger, gate_first: bool):
    def staging() -> None:
        ledger.outcomes.record_outcomes("tickets", "staging", [Outcome("a", "skipped", "x", DAY)], [DAY])
        ledger.quarantine.record("tickets", "staging", [Quarantined("a", "needs_mapping", "m", partition=DAY)], [DAY])

    def gate() -> None:
        write(ledger, State.DONE, Outcome("a", "created", partition=DAY))

    for speaks in (gate, staging) if gate_first else (staging, gate):
        speaks()
    assert said(ledger)["a"] == ("created", "")


def test_a_row_that_got_through_is_in_quarantine_no_more(ledger: Ledger):
    refused = Quarantined("a", "never_possible", "400", partition=DAY)
    write(ledger, State.REFUSED, Outcome("a", "created", partition=DAY), (refused,))
    assert said(ledger)["a"] == ("quarantined", "400")
    assert set_aside(ledger) == {"a"}
    write(ledger, State.DONE, Outcome("a", "created", partition=DAY))
    assert said(ledger)["a"] == ("created", "")
    assert set_aside(ledger) == set()


def test_a_row_released_by_staging_leaves_quarantine_and_books(ledger: Ledger):
    ledger.quarantine.record("tickets", "staging", [Quarantined("a", "needs_mapping", "m", partition=DAY)], [DAY])
    ledger.quarantine.record("tickets", "staging", [], [DAY])
    assert said(ledger) == {}
    assert set_aside(ledger) == set()


def test_a_synthetic_row_in_quarantine_stays_synthetic(ledger: Ledger):
    ledger.quarantine.record("messages", "staging", [Quarantined("a#losses", "transient", "m", synthetic=True)])
    (batch,) = ledger.outcomes.outcome_batches()
    assert batch["synthetic"].tolist() == [True]


Said = dict[str, str]
"""source id -> skipped or quarantined, of one staging of one day."""
stagings = st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["skipped", "quarantined"])), max_size=4)


@given(stagings=stagings, orders=st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_last_staging_alone_decides_in_whichever_order_it_speaks(
    stagings: list[Said], orders: list[bool], tmp_path_factory: pytest.TempPathFactory
):
    ledger = Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('books') / 'l.sqlite'}", "a")
    for staging, book_first in zip(stagings, orders, strict=False):
        skipped = [Outcome(one, "skipped", "s", DAY) for one, what in staging.items() if what == "skipped"]
        bad = [Quarantined(one, "transient", "q", partition=DAY) for one, w in staging.items() if w == "quarantined"]
        calls = [
            lambda rows=skipped: ledger.outcomes.record_outcomes("tickets", "staging", rows, [DAY]),
            lambda rows=bad: ledger.quarantine.record("tickets", "staging", rows, [DAY]),
        ]
        for call in calls if book_first else reversed(calls):
            call()
    last = stagings[-1] if stagings else {}
    assert {one: outcome for one, (outcome, _) in said(ledger).items()} == last
    assert set_aside(ledger) == {one for one, what in last.items() if what == "quarantined"}
    ledger.close()


def test_rows_that_share_a_parents_quarantine_are_booked_and_not_listed(ledger: Ledger):
    ledger.outcomes.record_outcomes("messages", "staging", [Outcome("a@t", "quarantined", "parent: m", DAY)], [DAY])
    ledger.quarantine.record("messages", "staging", [Quarantined("b@t", "transient", "q", partition=DAY)], [DAY])
    assert said(ledger, "messages") == {"a@t": ("quarantined", "parent: m"), "b@t": ("quarantined", "q")}
    assert set_aside(ledger) == {"b@t"}


def test_losses_of_a_slice_are_replaced(ledger: Ledger):
    ledger.losses.record_losses("staging", "tickets", [Loss("due", "date as text", count=3, partition=DAY)], [DAY])
    ledger.losses.record_losses("staging", "tickets", [Loss("due", "date as text", count=2, partition=DAY)], [DAY])
    assert ledger.losses.loss_rows()["count"].tolist() == [2]


def test_a_second_look_at_the_target_replaces_the_conflicts_of_the_first(ledger: Ledger):
    rows = [
        {"source_id": "a", "gorgias_id": 1, "detail": "1, 2"},
        {"source_id": "b", "gorgias_id": 3, "detail": "3, 4"},
    ]
    ledger.conflicts.find_conflicts("tickets", "external_id", rows)
    ledger.conflicts.find_conflicts("tickets", "external_id", rows[1:])
    assert ledger.conflicts.conflict_rows()["source_id"].tolist() == ["b"]


def test_outcomes_come_in_frames_of_bounded_size(ledger: Ledger):
    rows = [Outcome(f"t{number}", "skipped", "x", DAY) for number in range(25)]
    ledger.outcomes.record_outcomes("tickets", "staging", rows)
    frames = list(ledger.outcomes.outcome_batches(size=10))
    assert [len(frame) for frame in frames] == [10, 10, 5]


def test_accounts_never_mix(open_ledger: Any):
    staging, production = open_ledger("staging:shop"), open_ledger("production:shop")
    staging.outcomes.record_outcomes("tickets", "staging", [Outcome("a", "skipped", "x", DAY)])
    production.outcomes.record_outcomes("tickets", "staging", [])
    assert said(production) == {}
    assert set(said(staging)) == {"a"}


def test_a_ledger_is_there_after_it_was_closed(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'ledger.sqlite'}"
    one = Ledger.open(url, "a")
    one.outcomes.record_outcomes("tags", "staging", [Outcome("vip", "skipped", "x")])
    one.close()
    assert set(said(Ledger.open(url, "a"), "tags")) == {"vip"}
