"""Who made an object, where the ledger was edited: what was in the account before the first write is never ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from migration_assets.gorgias.rollback.written_objects import KINDS, written_objects
from resources.ledger import Ledger

SHOPS_OWN, OURS = 7, 8


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """One object of each kind was written, and one of each kind was there before."""
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:test")
    opened.images.note_target("digest", [(name, SHOPS_OWN, "x") for name in KINDS])
    with opened.transaction() as tx:
        for name in KINDS:
            tx.exec_driver_sql(
                "INSERT INTO writes (account, object, source_id, part, state, payload_hash, mapping_version, attempts, "
                "run_id, fence, intent_at, detail, gorgias_id) VALUES ('demo:test', ?, 'a', 'create', 'DONE', '', '', "
                "1, '', 1, '2026-01-01 00:00:00', '', ?)",
                (name, OURS),
            )
    yield opened
    opened.close()


@pytest.mark.parametrize("name", KINDS)
def test_an_id_that_was_edited_to_one_of_the_shop_s_own_is_not_taken_for_made_by_us(ledger: Ledger, name: str):
    def made() -> dict[str, bool]:
        return {one.object: one.made for one in written_objects(ledger).objects}

    assert made() == dict.fromkeys(KINDS, True)
    with ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET gorgias_id = ? WHERE object = ?", (SHOPS_OWN, name))
    assert made() == dict.fromkeys(KINDS, True) | {name: False}


def test_the_plan_that_was_shown_is_of_the_ledger_as_it_was(ledger: Ledger):
    before = ledger.rollbacks.written_digest()
    assert ledger.rollbacks.written_digest() == before
    with ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE writes SET gorgias_id = ? WHERE object = 'tickets'", (SHOPS_OWN,))
    assert ledger.rollbacks.written_digest() != before
