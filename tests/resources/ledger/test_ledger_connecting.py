"""A database on another machine that is away, or goes away, is waited for or told by name; half of one is none."""

import time
from datetime import UTC, datetime

import pytest

from resources.ledger import Ledger, connecting
from resources.ledger.connecting import LedgerUnreachable

ACCOUNT = "staging:shop.gorgias.com"


def end_connections(ledger: Ledger) -> None:
    """As a failover or an administrator ends them: all but the one that asks."""
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def ledger(postgres_url: str) -> Ledger:
    return Ledger.open(postgres_url, f"{ACCOUNT}{time.monotonic_ns()}", lambda: datetime.now(UTC))


def test_a_connection_that_was_ended_meanwhile_is_made_anew(ledger: Ledger):
    lease = ledger.leases.try_lease("a", 30.0)
    end_connections(ledger)
    ledger.leases.renew_lease(lease.fence, 30.0)
    ledger.close()


def test_one_that_breaks_in_a_transaction_is_told_by_name_and_nothing_of_it_is_kept(ledger: Ledger, postgres_url: str):
    other = Ledger.open(postgres_url, ledger.account)
    lease = ledger.leases.try_lease("a", 30.0)

    def half_a_transaction() -> None:
        with ledger.transaction() as tx:
            tx.exec_driver_sql("UPDATE leases SET holder = 'half'")
            end_connections(other)
            tx.exec_driver_sql("UPDATE leases SET holder = 'whole'")

    with pytest.raises(LedgerUnreachable, match=r"broke.*the job doctor, or `migrate doctor`"):
        half_a_transaction()
    assert ledger.leases.current() == lease
    for one in (ledger, other):
        one.close()


def test_a_database_that_does_not_answer_is_waited_for_and_then_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connecting, "PATIENCE", 0.1)
    monkeypatch.setattr(connecting, "PAUSE", 0.02)
    began = time.monotonic()
    with pytest.raises(LedgerUnreachable, match=r"has not answered for .*127\.0\.0\.1, database x.*LEDGER_URL") as told:
        Ledger.open("postgresql://a:sesame@127.0.0.1:9/x", ACCOUNT)
    assert time.monotonic() - began >= 0.1
    assert "sesame" not in str(told.value)


def test_a_refusal_is_not_waited_for(postgres_url: str):
    began = time.monotonic()
    with pytest.raises(LedgerUnreachable, match="refuses"):
        Ledger.open(postgres_url.replace("@/", "@/no_such_"), ACCOUNT)
    assert time.monotonic() - began < connecting.PATIENCE / 2
