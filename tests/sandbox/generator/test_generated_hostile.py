"""A hostile dataset of 300 tickets holds every case that a migration must survive."""

from __future__ import annotations

from collections import Counter

import pytest
from tab_rows import tab_rows

from sandbox.ivinex.dataset import Dataset

MEGABYTE = 1_048_576


def texts(dataset: Dataset, tab: str) -> list[str]:
    """All text values of a tab."""
    return [value for row in tab_rows(dataset, tab) for value in row.values() if isinstance(value, str)]


@pytest.mark.parametrize("tab", ["Tickets", "Activities", "Contacts"])
def test_hard_characters(hostile: Dataset, tab: str) -> None:
    found = "".join(texts(hostile, tab))
    for character in ("\x00", "\x1b", "\ud83d", "\u202e", "\ufeff"):
        assert character in found


def test_bodies_of_a_megabyte_and_more(hostile: Dataset) -> None:
    sizes = [len(row["body"]) for row in tab_rows(hostile, "Activities")]
    assert MEGABYTE in sizes
    assert max(sizes) > MEGABYTE
    assert any("<script>" in row["body"] for row in tab_rows(hostile, "Activities"))
    assert any("cid:" in row["body"] for row in tab_rows(hostile, "Activities"))
    assert any(len(row["description"]) > MEGABYTE for row in tab_rows(hostile, "Tickets"))
    assert any(len(row["subject"]) > 998 for row in tab_rows(hostile, "Tickets"))


def test_contacts_without_with_shared_and_with_odd_addresses(hostile: Dataset) -> None:
    contacts = tab_rows(hostile, "Contacts")
    emails = Counter(row["email"] for row in contacts if row["email"])
    assert emails["family@mail.example"] == 2
    assert {"Casey.Jones@Mail.Example", "casey.jones@mail.example", "not an address"} <= emails.keys()
    assert any(not row["email"] and not row["phone"] for row in contacts)
    assert any(not row["email"] and row["phone"] for row in contacts)
    used = {row["contact"] for row in tab_rows(hostile, "Tickets")}
    assert {str(number) for number in range(501, 521)} <= used


def test_links_to_nowhere(hostile: Dataset) -> None:
    contacts = {row["collection_id"] for row in tab_rows(hostile, "Contacts")}
    pointed = {row["contact"] for row in tab_rows(hostile, "Tickets")}
    assert pointed - contacts == {"0", "99999999"}
    assert any(row["organization"] == "99999999" for row in tab_rows(hostile, "Contacts"))


def test_options_and_users_that_are_gone(hostile: Dataset) -> None:
    known = {option.OptionID for option in hostile.by_name["Tickets"].fields["status"].Options}
    assert {row["status"] for row in tab_rows(hostile, "Tickets")} - known == {"29001"}
    authors = {row["created_by"] for tab in ("Tickets", "Activities") for row in tab_rows(hostile, tab)}
    assert authors - hostile.site.users.keys() == {"0", "7777"}


def test_impossible_and_far_dates(hostile: Dataset) -> None:
    created = {row["created_date"] for row in tab_rows(hostile, "Tickets")}
    for value in (
        None,
        "0000-00-00 00:00:00",
        "2023-02-30 10:00:00",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59",
        "2041-05-05 08:00:00",
        "2014-06-01 12:00:00",
    ):
        assert value in created


def test_one_day_has_a_third_of_all_tickets(hostile: Dataset) -> None:
    days = Counter(str(row["created_date"])[:10] for row in tab_rows(hostile, "Tickets"))
    assert days.most_common(1)[0][1] >= 90


def test_an_activity_on_two_tickets_and_some_on_none(hostile: Dataset) -> None:
    per_activity = {
        record_id: {other for (tab, other), _ in hostile.links.of((50, record_id)) if tab == 10101}
        for record_id in hostile.by_name["Activities"].ids
    }
    sizes = Counter(len(tickets) for tickets in per_activity.values())
    assert sizes[2] == 1
    assert sizes[0] >= 1


def test_a_ticket_with_neither_description_nor_activities(hostile: Dataset) -> None:
    used = {row["ticket"] for row in tab_rows(hostile, "Activities")}
    bare = [row for row in tab_rows(hostile, "Tickets") if row["collection_id"] not in used and not row["description"]]
    assert bare


def test_the_schema_is_hard_too(hostile: Dataset) -> None:
    fields = hostile.by_name["Tickets"].fields
    assert len(fields["store_location"].Options) == 600
    assert any(len(field.DisplayText) > 255 for field in fields.values())
    assert any(field.DataType == "HOLOGRAM" for field in fields.values())
    assert hostile.by_name["Projects"].ids == []
    assert not hostile.site.api_users[0].may_read("Payroll")
    assert hostile.site.api_users[0].may_list("Payroll")
    assert {fault.kind for fault in hostile.site.faults} == {"duplicate_row"}


def test_address_and_file_fields_hold_the_wrong_shape(hostile: Dataset) -> None:
    activities = tab_rows(hostile, "Activities")
    assert any(row["email_to"].startswith("[") for row in activities)
    assert any(row.get("email_attachments") == "see the mail" for row in activities)


def test_every_fate_of_a_file_and_hard_names(hostile: Dataset) -> None:
    fates = {stored.Fate for stored in hostile.files.values()}
    assert fates >= {"expired", "404", "zero", "large", "short", "endless"}
    names = [stored.FileName for stored in hostile.files.values()]
    assert "../../etc/passwd" in names
    assert names.count("photo.png") == 2


def test_users_csv_comes_from_a_spreadsheet(hostile: Dataset) -> None:
    content = (hostile.folder / "admin_exports" / "users.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,username")
    assert content.count(b"\r\n") == content.count(b"\n") == 11
