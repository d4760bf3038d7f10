"""A signal that asks for the end waits until what must not be cut short is through, and is handled then."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.interrupts import uninterrupted
from resources.ledger import Ledger, tables


class Asked(BaseException):
    """What a handler raises, as Dagster's do."""


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    def handler(_number: int, _frame: object) -> None:
        raise Asked

    before = signal.signal(request.param, handler)
    yield request.param
    signal.signal(request.param, before)


def test_a_signal_is_handled_when_the_block_is_through(number: signal.Signals):
    through = []

    def work() -> None:
        with uninterrupted():
            os.kill(os.getpid(), number)
            through.append(number)

    with pytest.raises(Asked):
        work()
    assert through == [number]
    with pytest.raises(Asked):
        os.kill(os.getpid(), number)


def test_a_transaction_of_the_ledger_is_committed_and_leaves_no_lock(number: signal.Signals, tmp_path: Path):
    ledger, other = (Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:test") for _ in range(2))

    def decide() -> None:
        with ledger.transaction() as tx:
            os.kill(os.getpid(), number)
            ledger.upsert(tx, *_decision(ledger))

    with pytest.raises(Asked):
        decide()
    assert other.decisions.decision("topic") == "yes"
    other.decisions.decide("topic", "no", "me")


def test_an_error_inside_is_an_error_and_the_signal_is_not_lost(number: signal.Signals):
    def fail() -> None:
        with uninterrupted():
            os.kill(os.getpid(), number)
            raise ValueError("first")

    with pytest.raises(Asked) as asked:
        fail()
    assert isinstance(asked.value.__context__, ValueError)


def test_another_thread_leaves_handlers_alone():
    seen = []

    def work() -> None:
        with uninterrupted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def _decision(ledger: Ledger) -> tuple[Any, list[dict[str, Any]]]:
    row = {"account": ledger.account, "topic": "topic", "choice": "yes", "decided_by": "me", "at": ledger.now()}
    return tables.decisions, [row | {"reason": None}]
