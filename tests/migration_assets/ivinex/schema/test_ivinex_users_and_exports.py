"""Users from the admin's list and from the records, and exports as people write them."""

from pathlib import Path
from typing import Any

import pytest
from ivinex_stage import run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.exports.export_files import ExportProblem, read_users
from migration_assets.ivinex.schema.users import user_frame
from resources.ivinex.resource import IvinexNotConfigured, IvinexResource

HEADER = "id,username,first,last,email,active,title"


def exported(home: Path, content: bytes) -> Path:
    (home / "admin_exports").mkdir(exist_ok=True)
    (home / "admin_exports" / "users.csv").write_bytes(content)
    return home


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n7,ann,Ann,Lee,Ann@x.example,true,Agent\n".encode(),
        f"\ufeff{HEADER}\r\n7,ann,Ann,Lee,Ann@x.example,Yes,Agent\r\n\r\n".encode(),
        HEADER.replace(",", ";").encode() + b"\n7;ann;Ann;Lee;Ann@x.example;1;Agent\n",
        b'ID,User Name,First Name,Last Name,E-Mail,Status,Title\n"7","ann","Ann","Lee","Ann@x.example",Active,Agent\n',
    ],
)
def test_users_are_read_whatever_the_spreadsheet_did(tmp_path: Path, content: bytes) -> None:
    (user,) = read_users(exported(tmp_path, content)) or []
    assert (user.user_id, user.name, user.email, user.active, user.title) == (
        "7",
        "Ann Lee",
        "ann@x.example",
        True,
        "Agent",
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"id,username\n7,ann\n", "line 1: missing columns first, last, email, active"),
        (f"{HEADER}\nseven,ann,A,L,a@x,true,\n".encode(), "line 2, column id"),
        (f"{HEADER}\n7,a,A,L,a@x,true,\n7,b,B,L,b@x,true,\n".encode(), "line 3, column id: user 7 is listed twice"),
        (f"{HEADER}\n7,a,A,L,a@x,perhaps,\n".encode(), "line 2, column active"),
        (f"{HEADER}\n7,a,A\n".encode(), "line 2: 3 columns"),
        (f"{HEADER}\n7,a,M\xfcller,L,a@x,true,\n".encode("latin-1"), "line 2: is not UTF-8"),
        (b"", "missing columns"),
    ],
)
def test_a_bad_list_is_named_by_file_line_and_column(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ExportProblem, match=words) as caught:
        read_users(exported(tmp_path, content))
    assert "users.csv" in str(caught.value)


def test_no_list_is_no_error(tmp_path: Path) -> None:
    assert read_users(tmp_path) is None
    frame = user_frame([], {"7": 3})
    assert frame[["source_id", "origin", "records"]].iloc[0].tolist() == ["ivinex:user:7", "harvested", 3]


def test_a_missing_list_is_told_with_file_and_columns_and_the_run_goes_on(serve: Any, home: Path) -> None:
    site = serve()
    (home / "admin_exports" / "users.csv").unlink()
    run = run_stage(site, home)
    told = run.metadata["users"]["problem"]
    assert "users.csv is missing" in told
    assert "email" in told
    assert run.metadata["users"]["unknown"] == run.one("SELECT count(*) FROM ivinex.users") > 0
    losses = run.ledger.losses.loss_rows()
    assert losses[losses["object"] == "users"]["kind"].tolist() == ["export missing", "unknown person"]


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


def test_who_is_not_in_the_list_is_shown_with_the_username_of_the_classic_calls(serve: Any, home: Path) -> None:
    site = serve()
    known = {user.user_id: user.username for user in read_users(home) or []}
    (home / "admin_exports" / "users.csv").unlink()
    run = run_stage(site, home)
    shown = dict(run.rows("SELECT user_id, username FROM ivinex.users WHERE username IS NOT NULL"))
    assert shown
    assert shown == {who: known[who] for who in shown}
