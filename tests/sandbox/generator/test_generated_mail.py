"""The profile of real mail: every case of mail_cases.py is there, in a small dataset and in the hostile one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.generator.generate import generate_dataset
from sandbox.generator.mail_cases import CASES
from sandbox.ivinex.dataset import Dataset


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("mail") / "dataset"
    generate_dataset(folder, tickets=12, seed=3, days=4, profile="mail")
    return folder


def rows(folder: Path, tab: str) -> list[dict]:
    return [json.loads(line) for line in (folder / "tabs" / tab / "records.ndjson").open("rb")]


def fixed_texts(activities: list[dict]) -> set[str]:
    """Bodies of the cases that name nobody, as far as some activity has them."""
    held = {value for row in activities for value in row.values() if isinstance(value, str)}
    wanted = {text for case in CASES for key in ("body", "plain") if (text := case.values[key]) and "%" not in text}
    return wanted - held


def test_ten_tickets_hold_every_case(mail: Path) -> None:
    assert fixed_texts(rows(mail, "Activities")) == set()


def test_the_hostile_profile_holds_them_too(hostile: Dataset) -> None:
    assert fixed_texts(rows(hostile.folder, "Activities")) == set()


def test_some_tickets_are_younger_than_their_mails_and_some_are_linked(mail: Path) -> None:
    first: dict[str, str] = {}
    for row in rows(mail, "Activities"):
        ticket = row["ticket"]
        first[ticket] = min(first.get(ticket, row["created_date"]), row["created_date"])
    younger = [row for row in rows(mail, "Tickets") if row["created_date"] > first[row["collection_id"]]]
    assert 0 < len(younger) < 12
    links = [json.loads(line) for line in (mail / "links.ndjson").open()]
    assert [link for link in links if link["From"].split(":")[0] == link["To"].split(":")[0] == "10101"]


def test_a_kind_without_a_direction_and_two_pictures_of_one_name_are_there(mail: Path) -> None:
    fields = json.loads((mail / "tabs" / "Activities" / "fields.json").read_text())["Fields"]
    (kind,) = [field for field in fields if field["FieldName"] == "activity"]
    option = next(one["OptionID"] for one in kind["Options"] if one["DisplayText"] == "Email")
    assert [row for row in rows(mail, "Activities") if row["activity"] == option]
    files = [json.loads(line) for line in (mail / "files.ndjson").open()]
    twins = [row for row in files if row["FileName"] == "image001.png"]
    assert len({row["CollectionID"] for row in twins}) * 2 == len(twins)
