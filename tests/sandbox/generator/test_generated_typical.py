"""A typical dataset looks like a shop's helpdesk and moves into a fresh account as it was recorded."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import orjson
import pytest
from tab_rows import tab_rows

from sandbox.generator.generate import generate_dataset
from sandbox.ivinex.dataset import Dataset


def digest(folder: Path) -> str:
    """One hash over all names and bytes of a folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return total.hexdigest()


@pytest.mark.parametrize("profile", ["typical", "mail", "hostile"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, profile: str) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        generate_dataset(tmp_path / name, tickets=30, seed=seed, profile=profile)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="not empty"):
        generate_dataset(tmp_path, tickets=1, seed=1)


def test_one_ticket_is_enough(tmp_path: Path) -> None:
    generate_dataset(tmp_path / "d", tickets=1, seed=1)
    assert len(Dataset(tmp_path / "d").by_name["Tickets"].ids) == 1


def test_volumes(typical: Dataset) -> None:
    tickets, contacts = tab_rows(typical, "Tickets"), tab_rows(typical, "Contacts")
    assert len(tickets) == 400
    assert len(contacts) == 200
    per_ticket = Counter(row["ticket"] for row in tab_rows(typical, "Activities"))
    assert len(per_ticket) == 400
    assert [count for count in per_ticket.values() if count > 30] == [512]
    assert 4.5 < (sum(per_ticket.values()) - 512) / 399 < 7.5
    with_organization = sum(row["organization"] != "0" for row in contacts)
    assert 0.35 < with_organization / len(contacts) < 0.65


def test_links_lead_somewhere_and_organizations_are_linked_twice(typical: Dataset) -> None:
    contacts = {row["collection_id"] for row in tab_rows(typical, "Contacts")}
    tickets = {row["collection_id"] for row in tab_rows(typical, "Tickets")}
    assert {row["contact"] for row in tab_rows(typical, "Tickets")} <= contacts
    assert {row["ticket"] for row in tab_rows(typical, "Activities")} <= tickets
    member = next(row for row in tab_rows(typical, "Contacts") if row["organization"] != "0")
    kinds = {kind for (tab, _), kind in typical.links.of((1001, int(member["collection_id"]))) if tab == 1002}
    assert kinds == {"Related", "Embedded"}
    tasks = Counter(row["ticket"] != "0" for row in tab_rows(typical, "Tasks"))
    assert tasks[True] > 20
    assert tasks[False] > 20


def test_both_clock_changes_have_a_ticket_and_an_activity_inside(typical: Dataset) -> None:
    for tab in ("Tickets", "Activities"):
        created = [row["created_date"] for row in tab_rows(typical, tab)]
        assert any(value.startswith("2026-03-08 02:") for value in created)
        assert any(value.startswith("2025-11-02 01:") for value in created)


def test_the_default_period_holds_a_clock_change(tmp_path: Path) -> None:
    generate_dataset(tmp_path / "d", tickets=5, seed=1)
    created = [row["created_date"] for row in tab_rows(Dataset(tmp_path / "d"), "Tickets")]
    assert any(value.startswith("2026-03-08 02:") for value in created)


def test_every_kind_of_activity_and_field_occurs(typical: Dataset) -> None:
    tab = typical.by_name["Activities"]
    labels = {option.OptionID: option.DisplayText for option in tab.fields["activity"].Options}
    kinds = Counter(labels[row["activity"]] for row in tab_rows(typical, "Activities"))
    assert set(kinds) == {"Email In", "Email Out", "Call", "Note", "Task"}
    types = {(field.DataType, field.DisplayType) for table in typical.tabs.values() for field in table.model.Fields}
    for wanted in (
        "DROPDOWN", "RADIO", "CHECKBOX", "DATE", "DATE TIME", "NUMBER", "DECIMAL", "CURRENCY", "USER",
        "LINKED RECORD", "MULTI SELECT", "FILE", "LAYOUT", "EQUATION", "PHONE NUMBER",
    ):  # fmt: skip
        assert wanted in {data_type for data_type, _ in types}
    displays = {display for data_type, display in types if data_type == "TEXT"}
    assert displays >= {"TEXT", "TEXTAREA", "RICH TEXT", "EMAIL", "HYPERLINK", "DURATION"}


def test_each_tab_has_12_to_25_fields_and_names_collide(typical: Dataset) -> None:
    for tab in typical.tabs.values():
        assert 12 <= len(tab.model.Fields) <= 25
    contacts = typical.by_name["Contacts"].fields
    assert {"preferred_delivery_addres", "preferred_delivery_addres0"} <= contacts.keys()
    custom = sum(len(typical.by_name[name].model.Fields) for name in ("Tickets", "Contacts", "Organizations"))
    assert custom > 45


def test_emails_have_what_threading_needs(typical: Dataset) -> None:
    incoming = typical.by_name["Activities"].fields["activity"].Options[0].OptionID
    emails = [row for row in tab_rows(typical, "Activities") if row["activity"] == incoming]
    assert all("@" in row["field_from"] and row["email_to"] and row["body"] and row["body_plain"] for row in emails)
    ids = [row["email_id"] for row in emails]
    assert len(set(ids)) == len(ids)
    assert all(value.startswith("<") and "@" in value for value in ids)


def test_about_a_tenth_of_the_emails_have_small_real_files(typical: Dataset) -> None:
    with_files = {stored.CollectionID for stored in typical.files.values() if stored.Tab == "Activities"}
    emails = sum(bool(row["email_id"]) for row in tab_rows(typical, "Activities"))
    assert 0.06 < len(with_files) / emails < 0.14
    magic = {"image/png": b"\x89PNG", "application/pdf": b"%PDF", "text/plain": b""}
    for stored in typical.files.values():
        content = (typical.folder / "files" / stored.FileID).read_bytes()
        assert content.startswith(magic[stored.ContentType])
        assert len(content) == stored.Size <= 20_480


def test_times_are_in_order(typical: Dataset) -> None:
    opened = {row["collection_id"]: row["created_date"] for row in tab_rows(typical, "Tickets")}
    for row in tab_rows(typical, "Tickets"):
        assert row["created_date"] <= row["modified_date"]
    assert all(row["created_date"] >= opened[row["ticket"]] for row in tab_rows(typical, "Activities"))


def test_owners_are_known_and_two_have_left(typical: Dataset) -> None:
    with (typical.folder / "admin_exports" / "users.csv").open(newline="") as handle:
        users = list(csv.DictReader(handle))
    gone = {user["id"] for user in users if user["active"] == "false"}
    assert len(users) == 10
    assert len(gone) == 2
    owners = {row["owner"] for row in tab_rows(typical, "Tickets")} - {"0"}
    assert owners <= {user["id"] for user in users}
    assert owners & gone


def test_the_account_knows_active_colleagues_only_and_is_the_recorded_one(typical: Dataset) -> None:
    account = orjson.loads((typical.folder / "gorgias.json").read_bytes())
    with (typical.folder / "admin_exports" / "users.csv").open(newline="") as handle:
        active = {user["email"] for user in csv.DictReader(handle) if user["active"] == "true"}
    assert {user["email"] for user in account["users"]} == active
    assert account["auth"][0]["email"] in active
    assert not account.get("rules")
    assert not account.get("integrations")
    surveys = next(row["data"] for row in account["settings"] if row["type"] == "satisfaction-surveys")
    assert sum(value is True for key, value in surveys.items() if key.startswith("send_survey_for")) == 4
    held = {row["type"]: row["data"] for row in account["settings"]}
    assert held["auto-merge"] == {"tickets": {"enabled": False, "merging_window_days": 5}}
    assert held["auto-split"] == {"email": {"enabled": True, "split_after_days": 10}}
    managed = [(row["object_type"], row["managed_type"]) for row in account["custom_fields"]]
    assert len(managed) == 7
    assert [kind for kind, _ in managed].count("Customer") == 1


def test_no_two_contacts_share_an_address_or_a_number(typical: Dataset) -> None:
    for key in ("email", "phone"):
        found = [row[key] for row in tab_rows(typical, "Contacts") if row[key]]
        assert len(set(found)) == len(found)


def test_the_change_history_ends_in_what_the_tickets_are_now(typical: Dataset) -> None:
    labels = {
        key: {option.OptionID: option.DisplayText for option in typical.by_name["Tickets"].fields[key].Options}
        for key in ("status", "priority", "product_line")
    }
    last: dict[tuple[str, str], str] = {}
    times: dict[str, list[str]] = {}
    with (typical.folder / "admin_exports" / "change_history.csv").open(newline="") as handle:
        for change in csv.DictReader(handle):
            last[change["collection_id"], change["field"]] = change["new_value"]
            times.setdefault(change["collection_id"], []).append(change["changed_date"])
    for row in tab_rows(typical, "Tickets"):
        number = row["collection_id"]
        assert labels["status"][row["status"]] == last.get((number, "Status"), "New")
        assert typical.site.users.get(row["owner"], "") == last.get((number, "Owner"), "")
        assert last.get((number, "Escalated"), row["escalated"]) == row["escalated"]
        for key, name in (("priority", "Priority"), ("product_line", "Product Line")):
            assert last.get((number, name), labels[key].get(row[key])) == labels[key].get(row[key])
        assert times.get(number, []) == sorted(times.get(number, []))
        assert all(row["created_date"] <= at <= row["modified_date"] for at in times.get(number, []))
    assert {field for _, field in last} == {"Status", "Owner", "Priority", "Product Line", "Escalated"}
