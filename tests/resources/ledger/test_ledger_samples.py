"""The records of the sample: they stay, they are each account's own, and their writes have a pace."""

from collections.abc import Callable
from typing import Any

from resources.ledger import Ledger
from resources.ledger.records import Completion, Intent, State, WriteKey

OpenLedger = Callable[..., Ledger]


def write(ledger: Ledger, clock: Any, run: str, ids: list[str], seconds: float, state: State = State.DONE) -> None:
    """Creates of one run, all announced now and settled so much later."""
    fence = ledger.leases.try_lease("runner", 1000).fence
    keys = [WriteKey("tickets", one, "create") for one in ids]
    ledger.writes.begin([Intent(key, "hash") for key in keys], fence, run)
    clock.forward(seconds)
    ledger.writes.complete([Completion(key, state, number) for number, key in enumerate(keys, start=1)], fence, run)
    ledger.leases.release_lease(fence)


def test_an_earlier_sample_stays_in_it_and_another_account_has_its_own(open_ledger: OpenLedger):
    ledger = open_ledger()
    ledger.samples.add_to_sample("tickets", {"b": "2024-01-02"})
    ledger.samples.add_to_sample("tickets", {"a": "2024-01-01", "b": "2024-01-02"})
    ledger.samples.add_to_sample("customers", {"c": None})
    assert ledger.samples.sample_records("tickets") == {"a": "2024-01-01", "b": "2024-01-02"}
    assert ledger.samples.sample_records("customers") == {"c": None}
    assert open_ledger("staging:other.gorgias.com").samples.sample_records("tickets") == {}


def test_what_is_taken_back_leaves_the_sample_of_its_own_account_alone(open_ledger: OpenLedger):
    ledger, other = open_ledger(), open_ledger("staging:other.gorgias.com")
    for one in (ledger, other):
        one.samples.add_to_sample("tickets", {"a": "2024-01-01", "b": "2024-01-02"})
    ledger.samples.leave_sample("tickets", ["a", "never sampled"])
    assert ledger.samples.sample_records("tickets") == {"b": "2024-01-02"}
    assert set(other.samples.sample_records("tickets")) == {"a", "b"}


def test_the_pace_is_that_of_the_samples_tickets_in_runs_of_several(ledger: Ledger, clock: Any):
    assert ledger.samples.sample_pace() == (0, 0.0)
    ledger.samples.add_to_sample("tickets", dict.fromkeys(["a", "b", "c", "d"]))
    write(ledger, clock, "one", ["a", "b"], 4)
    clock.forward(500)
    write(ledger, clock, "two", ["c"], 100)
    write(ledger, clock, "three", ["x", "y", "z"], 100)
    assert ledger.samples.sample_pace() == (2, 4.0)


def test_what_ended_is_not_sent_again_and_what_was_rolled_back_is(ledger: Ledger, clock: Any):
    write(ledger, clock, "run", ["a"], 1)
    write(ledger, clock, "run", ["b"], 1, State.REFUSED)
    write(ledger, clock, "run", ["c"], 1, State.IN_DOUBT)
    write(ledger, clock, "run", ["d"], 1)
    fence = ledger.leases.try_lease("runner", 1000).fence
    ledger.writes.take_back([WriteKey("tickets", "d", "create")], fence, "run", "rolled back")
    assert ledger.known_writes.ended_ids("tickets", "create") == {"a", "b"}
    assert ledger.known_writes.refused_ids("tickets", "create") == {"b"}
    assert ledger.known_writes.ended_ids("tickets", "append") == set()


def test_topics_of_a_choice_are_named(ledger: Ledger):
    for topic, choice in (("preflight surveys", "off"), ("preflight ai_agent", "accept"), ("preflight rule:1", "off")):
        ledger.decisions.decide(topic, choice, "Ann")
    assert ledger.decisions.topics_decided("off") == ["preflight rule:1", "preflight surveys"]
