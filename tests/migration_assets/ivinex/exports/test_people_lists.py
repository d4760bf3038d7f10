"""The admin's lists of users and of groups: read whatever the spreadsheet did, or refused by file, line and column."""

from pathlib import Path
from typing import Any

import pytest

from migration_assets.ivinex.exports.export_files import ExportProblem, Membership, read_groups, read_users

USERS = "id,username,first,last,email,active,title"
OTHER_NAMES = "ID,User Name,First Name,Last Name,E-Mail,Status,Title"
GROUPS = "group_id,group,user_id,username"


def read(home: Path, name: str, content: str | bytes) -> list[Any]:
    (home / "admin_exports").mkdir(exist_ok=True)
    (home / "admin_exports" / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if name == "groups.csv":
        return read_groups(home) or []
    return [(user.user_id, user.name, user.email, user.active, user.title) for user in read_users(home) or []]


HELD = {
    "users.csv": [("7", "Ann Lee", "ann@x.example", True, "Agent")],
    "groups.csv": [
        Membership("1", "Support", "7", "ann"),
        Membership("1", "Support", "8", "bob"),
        Membership("4", "Empty", None, ""),
    ],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("users.csv", f"{USERS}\n7,ann,Ann,Lee,Ann@x.example,true,Agent\n"),
        ("users.csv", f"\ufeff{USERS}\r\n7,ann,Ann,Lee,Ann@x.example,Yes,Agent\r\n\r\n"),
        ("users.csv", f"{USERS}\n7,ann,Ann,Lee,Ann@x.example,1,Agent\n".replace(",", ";")),
        ("users.csv", f'{OTHER_NAMES}\n"7","ann","Ann","Lee","Ann@x.example",Active,Agent\n'),
        ("groups.csv", f"{GROUPS}\n1,Support,7,ann\n1,Support,8,bob\n4,Empty,,\n"),
        ("groups.csv", f"\ufeff{GROUPS}\r\n1,Support,7,ann\r\n1,Support,8,bob\r\n4,Empty,,\r\n\r\n"),
        (
            "groups.csv",
            "Group ID;Group Name;User ID;Login\n1;Support;7;ann\n1;Support;8;bob\n1;Support;8;bob\n4;Empty;;\n",
        ),
    ],
)
def test_a_list_is_read_whatever_the_spreadsheet_did(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path, name, content) == HELD[name]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("users.csv", "id,username\n7,ann\n", "line 1: missing columns first, last, email, active"),
        ("users.csv", f"{USERS}\nseven,ann,A,L,a@x,true,\n", "line 2, column id"),
        ("users.csv", f"{USERS}\n7,a,A,L,a@x,true,\n7,b,B,L,b@x,true,\n", "line 3, column id: user 7 is listed twice"),
        ("users.csv", f"{USERS}\n7,a,A,L,a@x,perhaps,\n", "line 2, column active"),
        ("users.csv", f"{USERS}\n7,a,A\n", "line 2: 3 columns"),
        ("users.csv", f"{USERS}\n7,a,M\xfcller,L,a@x,true,\n".encode("latin-1"), "line 2: is not UTF-8"),
        ("users.csv", "", "missing columns"),
        ("groups.csv", "group_id,group\n1,Support\n", "line 1: missing columns user_id, username"),
        ("groups.csv", f"{GROUPS}\nx,Support,7,ann\n", "line 2, column group_id"),
        ("groups.csv", f"{GROUPS}\n1,,7,ann\n", "line 2, column group: group 1 needs one name"),
        ("groups.csv", f"{GROUPS}\n1,Support,7,ann\n1,Sales,8,bob\n", "line 3, column group: group 1 needs one name"),
        ("groups.csv", f"{GROUPS}\n1,Support,,ann\n", "line 2, column user_id"),
    ],
)
def test_a_bad_list_is_named_by_file_line_and_column(
    tmp_path: Path, name: str, content: str | bytes, words: str
) -> None:
    with pytest.raises(ExportProblem, match=words) as caught:
        read(tmp_path, name, content)
    assert name in str(caught.value)
