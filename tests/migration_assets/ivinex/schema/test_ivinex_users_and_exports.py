"""Users from the admin's list and from the records."""

from pathlib import Path
from typing import Any

import pytest
from ivinex_stage import run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.exports.export_files import read_users
from migration_assets.ivinex.schema.users import user_frame
from resources.ivinex.resource import IvinexNotConfigured, IvinexResource


def test_no_list_is_no_error(tmp_path: Path) -> None:
    assert read_users(tmp_path) is None
    frame = user_frame([], {"7": 3})
    assert frame[["source_id", "origin", "records"]].iloc[0].tolist() == ["ivinex:user:7", "harvested", 3]


def test_a_missing_list_is_told_with_file_and_columns_and_the_run_goes_on(serve: Any, home: Path) -> None:
    site = serve()
    known = {user.user_id: user.username for user in read_users(home) or []}
    (home / "admin_exports" / "users.csv").unlink()
    run = run_stage(site, home)
    told = run.metadata["users"]["problem"]
    assert "users.csv is missing" in told
    assert "email" in told
    assert run.metadata["users"]["unknown"] == run.one("SELECT count(*) FROM ivinex.users") > 0
    losses = run.ledger.losses.loss_rows()
    assert losses[losses["object"] == "users"]["kind"].tolist() == ["export missing", "unknown person"]
    # Who they are is shown as far as the classic calls show it.
    shown = dict(run.rows("SELECT user_id, username FROM ivinex.users WHERE username IS NOT NULL"))
    assert shown
    assert shown == {who: known[who] for who in shown}


def test_users_that_only_records_name_are_harvested_with_their_count(finished: Any) -> None:
    run = finished("hostile")
    harvested = run.rows("SELECT user_id, records FROM ivinex.users WHERE origin = 'harvested'")
    assert harvested
    assert all(records > 0 for _, records in harvested)
    number = harvested[0][0]
    named = 0
    for table in ("organizations", "contacts", "ticket_sweep", "activity_sweep"):
        named += run.one(f'SELECT count(*) FROM ivinex.{table} WHERE raw LIKE \'%_by":"{number}"%\'')
    assert named > 0
    assert ivinex_assets.users.key.path == ["ivinex", "users"]


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(IvinexNotConfigured, match=r"IVINEX_BASE_URL.*IVINEX_USERNAME.*IVINEX_PASSWORD"):
        IvinexResource().get()


def test_the_password_is_not_shown() -> None:
    assert "s3cret" not in repr(IvinexResource(base_url="https://x.ivinex.com", username="a", password="s3cret"))
