"""Any interleaving of faults, kills, pauses and re-runs ends as a run without faults ends.

The machine runs the real gate and a real ledger (SQLite) against the account of writer_model.py. A run meets a list of
fates, one per attempt; where it is killed or gives up, a later run with a new gate goes on. In the end one clean run
must leave the account byte for byte as a run without faults leaves a fresh one, every write settled as done or adopted,
and nothing for another run to send.

That it can fail was tried: with the request sent before its intent is committed (the two swapped in `Pass._launch`)
a kill in between ends in two tickets, and so does a late commit with a settling wait shorter than `LATE`.
"""

import functools
import sqlite3
import tempfile
from collections import deque
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sample_writes import ticket
from sqlalchemy import event
from writer_model import FATES, Account, Clock, Killed, MortalLedger, model_gate, writes

from resources.gorgias.failures import GorgiasError
from resources.gorgias.writer.write import Tally
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger.lease import Fenced
from resources.ledger.records import WRITTEN

OPTIONS = WriterOptions(workers=1, settling=30.0, send_within=5.0, lease=30.0, attempts=50)
WRITES = writes()


class GateMachine(RuleBasedStateMachine):
    """One account and one ledger; at most one gate works, and at most one older one is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.account = Account(self.clock)
        self.home = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.home.name) / 'ledger.sqlite'}"
        self.ledger = MortalLedger.open(url, "model", self.clock.moment)
        self.ledger.target = self.account
        # Processes die here, the machine does not: no need to wait for the disk.
        event.listen(self.ledger.engine, "connect", _unsynced)
        self.ledger.engine.dispose()
        self.account.overtake = self.run_to_the_end
        self.paused: Writer | None = None
        self.opened: list[Writer] = []

    def gate(self) -> Writer:
        gate = model_gate(self.account.handle, self.clock, self.ledger, Path(self.home.name), OPTIONS)
        self.opened.append(gate)
        return gate

    def bury(self, gate: Writer) -> None:
        """End a gate as a kill does: its lease stays until it expires."""
        gate.keeper.lease = None
        gate.close()
        self.opened.remove(gate)

    def run_to_the_end(self) -> Tally:
        """A run that meets no fault; takes the lease over where somebody else holds it."""
        gate, fate = self.gate(), self.account.fate
        waiting, self.account.fates, self.account.fate = self.account.fates, deque(), "answered"
        try:
            return gate.apply(WRITES)
        finally:
            gate.close()
            self.bury(gate)
            self.account.fates, self.account.fate = waiting, fate

    @rule(
        fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=8),
        some=st.sets(st.integers(0, len(WRITES) - 1), min_size=1),
    )
    def under_faults(self, fates: list[str], some: Iterable[int]) -> None:
        self.run_under_faults(fates, some)

    def run_under_faults(self, fates: list[str], some: Iterable[int]) -> None:
        """A run over some of the writes, in a new process; it may be killed, give up, or be overtaken by another."""
        self.account.fates = deque(fates)
        gate = self.gate()
        try:
            gate.apply(WRITES[n] for n in sorted(some))
        except (Killed, GorgiasError, Fenced):
            self.bury(gate)
        else:
            gate.close()
            self.bury(gate)
        self.account.fates, self.account.fate = deque(), "answered"

    @rule(seconds=st.sampled_from([1.0, 10.0, 25.0, 100.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    @precondition(lambda self: self.paused is None)
    @rule()
    def a_runner_is_paused(self) -> None:
        """It holds the lease, works a little, and then shows no sign of life any more."""
        self.paused = self.gate()
        self.paused.apply(WRITES[:1])

    @precondition(lambda self: self.paused is not None)
    @rule()
    def the_paused_runner_goes_on(self) -> None:
        """Where nobody took over it may work; where somebody did, it writes nothing."""
        gate, self.paused = self.paused, None
        assert gate is not None
        present = self.ledger.leases.current()
        if present is not None and gate.fencing_token() == present.fence:
            gate.apply(WRITES)
            gate.close()
        else:
            with pytest.raises(Fenced):
                gate.apply([*WRITES, ticket(99)])
            assert ("tickets", ticket(99).body["external_id"]) not in self.account.external_ids()
        self.bury(gate)

    @invariant()
    def no_double_at_any_time(self) -> None:
        rows = self.account.external_ids()
        assert len(rows) == len(set(rows)), rows

    def teardown(self) -> None:
        try:
            self.run_to_the_end()
            self.clock.sleep(100.0)
            assert self.account.state() == undisturbed()
            gate = self.gate()
            known = self.ledger.known_writes.known([write.key for write in WRITES])
            assert {known[write.key].state for write in WRITES} <= set(WRITTEN)
            assert gate.apply(WRITES).sent == 0
        finally:
            for gate in list(self.opened):
                self.bury(gate)
            self.ledger.close()
            self.home.cleanup()


def _unsynced(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@functools.cache
def undisturbed() -> bytes:
    """What the account holds after a run without faults."""
    machine = GateMachine()
    machine.run_to_the_end()
    machine.ledger.close()
    machine.home.cleanup()
    return machine.account.state()


@pytest.mark.parametrize("fate", FATES)
def test_every_write_survives_every_fate(fate: str) -> None:
    model = GateMachine()
    for n in range(len(WRITES)):
        model.run_under_faults([fate], {n})
        model.no_double_at_any_time()
    model.teardown()


def machine(examples: int, steps: int) -> type:
    case = type("GateMachineCase", (GateMachine.TestCase,), {})
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    return case


TestAnyInterleaving = machine(20, 8)
TestManyInterleavings = pytest.mark.acceptance(machine(400, 12))
