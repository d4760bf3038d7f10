"""Erasing leaves ids, hashes and counts and gives up the pages that held values, in SQLite and in PostgreSQL."""

from sqlalchemy import func, select

from resources.ledger import Ledger, tables

NAME = "Hannah Clayton"
OTHERS = "staging:other.gorgias.com"


def test_what_tells_of_people_is_gone_and_the_pages_that_held_it_are_given_up(ledger: Ledger):
    with ledger.transaction() as tx:
        for account in (ledger.account, OTHERS):
            for number in range(400 if account == ledger.account else 1):
                common = {"account": account, "object": "customers", "source_id": f"ivinex:1:{number}", "part": "p"}
                write = {"state": "DONE", "payload_hash": "0" * 64, "fence": 1, "intent_at": ledger.now()}
                held = {"before": {"name": NAME * 20}, "detail": NAME * 10}
                tx.execute(tables.writes.insert(), [common | write | held])
        file = {"name": "admin_exports/users.csv", "version": "v1", "content": NAME.encode(), "at": ledger.now()}
        tx.execute(tables.confirmed_files.insert(), [{"account": ledger.account} | file])
    before = _size(ledger)
    erased = ledger.erasures.erase_details()
    assert erased["writes.before"] == erased["writes.detail"] == 400
    assert erased["confirmed_files.content"] == 1
    w = tables.writes.c
    with ledger.reading() as connection:
        own = connection.execute(select(w.state, w.payload_hash, w.before, w.detail).where(w.account == ledger.account))
        assert {tuple(one) for one in own} == {("DONE", "0" * 64, None, "")}
        others = connection.execute(select(w.before).where(w.account == OTHERS)).scalar_one()
        assert others == {"name": NAME * 20}
        assert connection.execute(select(func.count()).select_from(tables.confirmed_files)).scalar_one() == 0
    assert _size(ledger) < 0.7 * before
    assert ledger.erasures.erase_details()["writes.before"] == 0


def _size(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        if ledger.engine.dialect.name == "postgresql":
            return int(connection.exec_driver_sql("SELECT pg_total_relation_size('writes')").scalar_one())
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
