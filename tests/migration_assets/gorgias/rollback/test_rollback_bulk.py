"""The job that deletes closed tickets, refused or failing at each of its calls: only what is gone is told as gone."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from target_account import CONFIG, Target, connect, load

from migration_assets.gorgias.rollback import bulk, target_now
from migration_assets.gorgias.rollback.target_now import Row
from resources.gorgias.failures import RunStopped
from resources.gorgias.writer.write_context import WriterOptions
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.warehouse import Warehouse
from sandbox.serve import RunningGorgias, running_gorgias

TICKETS = 4
JOBS, JOB = "/api/jobs", "/api/jobs/{id}"
Spoil = Callable[..., None]


@pytest.fixture(scope="module")
def served() -> Iterator[RunningGorgias]:
    with running_gorgias(CONFIG) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def made(served: RunningGorgias, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    home = tmp_path_factory.mktemp("bulk")
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", "demo:test")
    target = connect(served.gorgias_url, served.gorgias_auth, ledger, Warehouse(home / "warehouse.duckdb"))
    load(target, TICKETS)
    target.gate.close()
    yield target
    target.connection.close()
    ledger.close()


@pytest.fixture
def target(made: Target, served: RunningGorgias) -> Iterator[Target]:
    """The tickets are there, whatever the test before deleted, and no job of it is left."""
    tickets = served.gorgias.tickets.rows
    kept = dict(tickets)
    yield made
    served.gorgias.jobs.rows.clear()
    tickets.update(kept)
    httpx.post(f"{served.gorgias_url}/_sandbox/faults", json=[]).raise_for_status()


@pytest.fixture
def spoil(served: RunningGorgias) -> Spoil:
    def put(method: str, route: str, kind: str = "status_before", **how: Any) -> None:
        fault = {"kind": kind, "method": method, "route": route, **how}
        httpx.post(f"{served.gorgias_url}/_sandbox/faults", json=[fault]).raise_for_status()

    return put


def delete(target: Target) -> tuple[bulk.Deleted, set[int]]:
    """What is told as gone, and what is gone."""
    numbers = sorted(target.tickets.values())
    looked_at: list[Row] = [target.reader.get(f"/api/tickets/{number}") for number in numbers]
    options = WriterOptions(settling=0.1, workers=1)
    with Writer(target.connection, target.reader, target.ledger, "run", options) as writer:
        told = bulk.delete_closed(writer, looked_at)
    return told, set(numbers) - set(target_now.tickets(target.reader, numbers))


def test_it_tells_what_is_gone(target: Target):
    told, gone = delete(target)
    assert told.job is not None
    assert told.gone == gone == set(target.tickets.values())


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
def test_where_no_job_is_made_nothing_is_gone_and_nobody_has_to_decide(target: Target, spoil: Spoil, status: int):
    spoil("POST", JOBS, status=status, spoken=True)
    told, gone = delete(target)
    assert told == bulk.Deleted(None, frozenset())
    assert gone == set()
    assert target.ledger.conflicts.conflict_rows().empty
    assert target.ledger.quarantine.rows().empty
    assert target.ledger.known_writes.unsettled() == []


@pytest.mark.parametrize("kind", ["status_before", "status_after", "reset_before", "reset_after", "html"])
def test_an_order_whose_answer_is_lost_is_looked_up_and_made_once(
    target: Target, served: RunningGorgias, spoil: Spoil, kind: str
):
    before = len(served.gorgias.jobs.rows)
    spoil("POST", JOBS, kind, calls=1)
    told, gone = delete(target)
    assert told.gone == gone == set(target.tickets.values())
    assert len(served.gorgias.jobs.rows) == before + 1
    assert target.ledger.known_writes.unsettled() == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_job_that_cannot_be_looked_at_is_judged_by_the_list_alone(target: Target, spoil: Spoil, status: int):
    spoil("GET", JOB, status=status, spoken=True)
    told, gone = delete(target)
    assert told.job is not None
    assert told.gone <= gone


def test_a_failure_that_passes_is_waited_out(target: Target, spoil: Spoil):
    spoil("GET", JOB, status=502, calls=[1, 2])
    told, gone = delete(target)
    assert told.gone == gone == set(target.tickets.values())


def test_a_credential_that_is_not_good_any_more_ends_the_run_by_name(target: Target, spoil: Spoil):
    spoil("POST", JOBS, status=401, spoken=True)
    with pytest.raises(RunStopped, match="/api/jobs answered 401"):
        delete(target)
    assert set(target_now.tickets(target.reader, list(target.tickets.values()))) == set(target.tickets.values())


def test_a_job_that_took_half_of_them_is_told_as_it_is(
    target: Target, served: RunningGorgias, monkeypatch: pytest.MonkeyPatch
):
    """It ended before the other half: who stopped it, Gorgias or an admin, does not matter."""
    half = sorted(target.tickets.values())[: TICKETS // 2]

    def stopped(writer: Writer, job: int) -> None:
        row = served.gorgias.jobs.get(job)
        row["params"] = {"ticket_ids": half}
        served.gorgias.jobs.save(row)
        wait(writer, job)

    wait = bulk._wait
    monkeypatch.setattr(bulk, "_wait", stopped)
    told, gone = delete(target)
    assert told.gone == gone == set(half)
