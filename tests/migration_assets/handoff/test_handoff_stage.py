"""The whole room after a migration: every document is there, agrees with the account, and holds no people's data."""

import hashlib
import json
import re
import stat
from base64 import b64decode
from pathlib import Path

import pandas as pd
import pytest
from handed_over import Handed, hand_over
from leak_scan import leaks, terms_of
from mini_migration import mini_migration
from read_page import read_page

from migration_assets.contents import DATA
from migration_assets.contents import DOCUMENTS as DOCUMENT_LINES
from migration_assets.documents import ENVELOPE, PUBLIC_KEY
from migration_assets.handoff.documents import organization_relations
from migration_assets.handoff.documents.team_membership import membership
from migration_assets.handoff.evidence.pack_check import PackVerdict, check_pack
from migration_assets.handoff.manual_tasks.completion_checks import BY_HAND, DONE, OPEN, check_manual_tasks
from migration_assets.ivinex import tables
from migration_assets.orchestration.sign_off import SignOffRefused, sign_off, signed
from resources.gorgias.client import Reader
from resources.ledger.base import NameMissing

DOCUMENTS = {
    *("schema_inventory", "team_membership", "workflow_inventory", "saved_views_guide", "change_history_export"),
    *(
        "organization_relations",
        "record_links",
        "unattached_activities",
        "task_rebuild_scope",
        "user_actions",
        "loss_ledger",
    ),
    "undelivered_files",
    "unmapped_tabs",
}
CLOSING = {ENVELOPE, PUBLIC_KEY}


def lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_every_document_is_json_markdown_and_html_with_its_hash_in_the_manifest(handed: Handed):
    folder = handed.home / "handoff"
    manifest = json.loads((folder / "manifest.json").read_text())["sha256"]
    assert {f"{name}.{kind}" for name in DOCUMENTS for kind in ("json", "md", "html")} <= set(manifest)
    assert set(manifest) == {path.name for path in folder.iterdir()} - {"manifest.json", *CLOSING}
    for name, digest in manifest.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name


def test_the_index_lists_every_file_of_the_folder_and_every_page_links_only_to_its_neighbours(handed: Handed):
    folder = handed.home / "handoff"
    files = {path.name for path in folder.iterdir()}
    index = read_page((folder / "index.html").read_text(encoding="utf-8"))
    assert index.links == files - {"index.html", *CLOSING}
    assert all(
        line in index.text
        for line in (*DATA.values(), *(line for _, line in DOCUMENT_LINES.values()))
        if "`" not in line
    )
    assert json.loads((folder / "manifest.json").read_text())["verdict"]["headline"] in index.text
    for path in folder.glob("*.html"):
        page = read_page(path.read_text(encoding="utf-8"))
        inside = {f"#{name}" for name in page.ids}
        assert page.links <= files | inside, path.name
        assert not page.tags & {"script", "img", "iframe"}, path.name


def test_the_pack_is_closed_after_the_last_document_and_holds_nobodys_data(handed: Handed, dataset: Path):
    found = check_pack(handed.home / "handoff")
    assert (found.verdict, found.compared) == (PackVerdict.OK, len(list((handed.home / "handoff").iterdir())) - 2)
    assert found.signer
    said = {path.name: path.read_text("utf-8") for path in (handed.home / "handoff").iterdir()}
    said["payload"] = b64decode(json.loads(said[ENVELOPE])["payload"]).decode()
    assert leaks(handed.home / "nothing", terms_of(dataset), said) == []


def test_only_a_reconciled_account_is_signed_off_with_the_hash_of_its_report(handed: Handed):
    migration, settings = handed.migration, handed.migration.resources["settings"].get()
    stores = settings, migration.ledger, migration.warehouse
    report = handed.home / "handoff" / "report.html"
    said = report.read_bytes()
    report.write_bytes(said + b" ")
    with pytest.raises(SignOffRefused, match=r"changed since: FAILED, report\.html"):
        sign_off(*stores, "report", "Ann Lee")
    report.write_bytes(said)
    gate = "reconciliation/comparison:tickets_compared", None
    migration.ledger.quality_gates.record_gate(*gate, False, "2 differ", "run")
    with pytest.raises(SignOffRefused, match="tickets_compared"):
        sign_off(*stores, "report", "Ann Lee")
    migration.ledger.quality_gates.record_gate(*gate, True, "", "run")
    with pytest.raises(NameMissing):
        sign_off(*stores, "report", " ")
    assert signed(migration.ledger) == []
    assert "under map" in sign_off(*stores, "report", "Ann Lee", "read it")
    sign_off(*stores, "scope", "Bo Ek")
    first, second = signed(migration.ledger)
    assert first["report_sha256"] == hashlib.sha256(said).hexdigest()
    assert (first["signed_by"], first["note"], second["subject"]) == ("Ann Lee", "read it", "scope")
    assert second["report_sha256"] not in (None, first["report_sha256"])  # what was discovered, not the report
    assert first["map_version"] == second["map_version"] == migration.ledger.decisions.confirmed_mapping().version


def test_the_markdown_is_readable_raw_and_the_page_says_the_same(handed: Handed):
    for name in DOCUMENTS:
        raw = handed.page(name)
        assert not re.search(r"&(amp|lt|gt);|\\[_*[]", raw), name
        words = re.sub(r"[^\w ]", " ", read_page((handed.home / "handoff" / f"{name}.html").read_text()).text).split()
        title = re.sub(r"[^\w ]", " ", raw.splitlines()[0]).split()
        assert words[: len(title)] == title, name
    actions = handed.page("user_actions")
    assert "- Where: Settings > Channels > Email > Add email address" in actions
    assert "Remove the tag ai_ignore from the imported tickets" in actions


def test_the_handoff_holds_no_value_of_a_customer(handed: Handed):
    told = "".join(path.read_text(encoding="utf-8") for path in (handed.home / "handoff").iterdir())
    addresses = handed.migration.warehouse.rows("SELECT email FROM staging.customers WHERE email IS NOT NULL")
    assert addresses
    assert [row for row in addresses if row["email"] in told] == []


def test_the_history_of_the_moved_records_is_exported_whole(handed: Handed):
    exported = (handed.home / "admin_exports" / "change_history.csv").read_text().splitlines()
    told = handed.json("change_history_export")
    rows = lines(handed.home / told["rows"])
    assert len(rows) == told["numbers"]["exported"] == len(exported) - 1
    assert sum(field["changes"] for field in told["by_field"]) == len(rows)
    assert sum(day["changes"] for day in told["by_day"]) == len(rows)
    tickets = handed.migration.ledger.known_writes.gorgias_ids("tickets")
    for row in lines(handed.home / "handoff" / told["records"]):
        assert row["gorgias_id"] == tickets[row["source_id"]]


def test_the_chain_of_organizations_has_the_ids_of_both_sides(handed: Handed):
    chain = lines(handed.home / "handoff" / "organization_relations.ndjson")
    account = handed.migration.sandbox.gorgias
    store = handed.migration.warehouse
    assert [row["organization"] for row in chain] == [
        row["source_id"] for row in store.rows("SELECT source_id FROM ivinex.organizations ORDER BY source_id")
    ]
    contacts = [contact for row in chain for contact in row["contacts"]]
    links = store.scalar("SELECT count(*) FROM ivinex.links WHERE role = 'contact_organization'")
    assert len(contacts) == links > 0
    tickets = [ticket for contact in contacts for ticket in contact["tickets"]]
    assert tickets
    for contact in contacts:
        for ticket in contact["tickets"]:
            held = account.tickets.get(ticket["gorgias"])
            assert held["external_id"] == ticket["ivinex"]
            assert held["customer_id"] == contact["gorgias"]


def test_every_link_has_the_ids_of_both_ends_on_both_sides(handed: Handed):
    found = lines(handed.home / "handoff" / "record_links.ndjson")
    store, ledger = handed.migration.warehouse, handed.migration.ledger
    pairs = {tuple(sorted((row["one"]["ivinex"], row["other"]["ivinex"]))) for row in found}
    known = store.rows(
        "SELECT from_source_id AS one, to_source_id AS other FROM ivinex.links WHERE role <> 'task_ticket'"
    )
    assert {tuple(sorted(link.values())) for link in known} <= pairs
    assert len(pairs) == len(found) == sum(row["links"] for row in handed.json("record_links")["by_tabs"])
    tickets, customers = ledger.known_writes.gorgias_ids("tickets"), ledger.known_writes.gorgias_ids("customers")
    of_tickets = [row for row in found if row["one"]["ivinex"] in customers and row["other"]["ivinex"] in tickets]
    assert of_tickets
    for row in of_tickets:
        assert row["one"]["gorgias"] == [customers[row["one"]["ivinex"]]]
        assert row["other"]["gorgias"] == [tickets[row["other"]["ivinex"]]]
        assert "field contact" in row["via"]


def test_organizations_without_contacts_are_exported_whole_and_privately(handed: Handed):
    told = handed.json("organization_relations")
    alone = lines(handed.home / told["alone"])
    assert len(alone) == told["numbers"]["without_contacts"]
    assert told["numbers"]["without_contacts"] == told["numbers"]["organizations"] - told["numbers"]["with_contacts"]


def test_the_record_of_an_organization_without_contacts_is_there_word_for_word(handed: Handed, tmp_path: Path):
    store = handed.migration.warehouse
    links = store.query("SELECT * FROM ivinex.links")
    store.execute("DELETE FROM ivinex.links WHERE role = 'contact_organization'")
    written = organization_relations.write_organization_relations(store, handed.migration.ledger, tmp_path)
    store.execute("DELETE FROM ivinex.links")
    store.append(tables.LINKS, links)
    alone = lines(tmp_path / json.loads(written.paths["json"].read_text())["alone"])
    raw = "SELECT source_id, raw FROM ivinex.organizations ORDER BY ALL"
    assert alone == [{"source_id": row["source_id"], "record": json.loads(row["raw"])} for row in store.rows(raw)]
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o700


def test_the_inventories_name_every_tab_field_workflow_and_view(handed: Handed):
    schema = handed.json("schema_inventory")
    store = handed.migration.warehouse
    told = sum(len(tab["fields"]) for tab in schema["tabs"])
    assert told == store.scalar("SELECT count(*) FROM ivinex.fields")
    assert schema["drift"] == []
    assert schema["confirmed_by"] == "test"
    assert len(handed.json("workflow_inventory")["workflows"]) == 5
    assert len(handed.json("saved_views_guide")["views"]) == 3
    assert "ELSE IF" in handed.page("workflow_inventory")


def test_losses_add_up_to_those_of_the_ledger(handed: Handed):
    told = handed.json("loss_ledger")
    held = handed.migration.ledger.losses.loss_rows()
    assert told["total"] == held["count"].sum() == sum(row["count"] for row in told["losses"])
    assert told["internal_notes"] == handed.migration.warehouse.scalar(
        "SELECT count(*) FROM staging.messages WHERE kind = 'losses'"
    )
    unexplained = {row["kind"] for row in told["losses"] if row["means"] == row["kind"]}
    assert unexplained == set()


def test_actions_are_open_until_the_admin_has_done_them(handed: Handed):
    actions = handed.json("user_actions")["actions"]
    reader: Reader = handed.migration.resources["gorgias"].reader
    account = handed.migration.sandbox.gorgias

    before = {checked.id: checked.state for checked in check_manual_tasks(reader, actions)}
    assert before["connect_mail"] == before["rebuild_rules"] == OPEN
    assert before["keep_stub_users"] == DONE
    assert before["remove_ai_ignore"] == before["rebuild_views"] == OPEN
    assert before["fields_that_did_not_fit"] == BY_HAND

    by_id = {action["id"]: action["check"] for action in actions}
    stubs = by_id["keep_stub_users"]["ids"]
    account.users.remove(stubs[0])
    for ticket in list(account.tickets):
        ticket["tags"] = []
        account.tickets.save(ticket)
    account.integrations.add({"id": None, "name": "Support", "type": "email", "deactivated_datetime": None})
    for name in by_id["rebuild_rules"]["names"]:
        account.rules.add({"id": None, "name": name.upper(), "code": "", "deactivated_datetime": None})
    requests = handed.migration.resources["gorgias"].connection.requests
    after = {checked.id: checked for checked in check_manual_tasks(reader, actions)}
    assert {after[name].state for name in ("connect_mail", "rebuild_rules")} == {DONE}
    assert (after["keep_stub_users"].state, str(stubs[0]) in after["keep_stub_users"].detail) == (OPEN, True)
    assert after["rebuild_views"].state == OPEN
    # Users, tags, integrations, rules, views: each list once.
    assert handed.migration.resources["gorgias"].connection.requests - requests == 5


def test_groups_and_loose_tasks_are_documented_from_their_tables(handed: Handed):
    store = handed.migration.warehouse
    members = pd.DataFrame(
        [
            {"group_id": "77", "group_name": "Night Shift", "user_id": "3", "username": ""},
            {"group_id": "77", "group_name": "Night Shift", "user_id": "999", "username": "gone"},
        ]
    )
    store.replace(tables.GROUPS, members)
    tasks = [
        {"source_id": f"ivinex:10102:{n}", "collection_type_id": "10102", "collection_id": str(n), "raw": raw}
        for n, raw in ((1, '{"task": "Call Anna"}'), (2, '{"task": "linked"}'))
    ]
    link = {"from_source_id": "ivinex:10102:2", "to_source_id": "ivinex:10101:70001", "role": "task_ticket"}
    store.replace(tables.TASKS, pd.DataFrame(tasks))
    store.append(tables.LINKS, pd.DataFrame([link]))

    handed.migration.job("handoff")

    (group,) = handed.json("team_membership")["groups"]
    known, unknown = group["members"]
    assert known["gorgias_user_id"] == handed.migration.ledger.known_writes.gorgias_ids("users")["ivinex:user:3"]
    assert unknown["note"] == "not in users.csv"
    scope = handed.json("task_rebuild_scope")
    assert [task["source_id"] for task in scope["tasks"]] == ["ivinex:10102:1"]
    assert "Anna" not in handed.page("task_rebuild_scope")
    assert lines(handed.home / scope["records"])[0]["record"] == {"task": "Call Anna"}
    assert "create_teams" in {action["id"] for action in handed.json("user_actions")["actions"]}


def test_groups_of_one_name_have_one_team(handed: Handed):
    store, ledger = handed.migration.warehouse, handed.migration.ledger
    twin = {"group_id": "88", "group_name": "SUPPORT", "user_id": "3", "username": ""}
    store.replace(tables.GROUPS, pd.DataFrame([twin]))
    store.execute("UPDATE staging.teams SET merged = '[\"ivinex:group:88\"]' WHERE source_id = 'ivinex:group:1'")
    (group,) = membership(store, ledger)
    assert group["gorgias_team_id"] == ledger.known_writes.gorgias_ids("teams")["ivinex:group:1"]


@pytest.mark.acceptance
def test_a_dataset_without_any_export_migrates_and_says_which_file_would_fix_it(dataset: Path, tmp_path: Path):
    home = tmp_path / "home"
    (home / "admin_exports").mkdir(parents=True)
    with mini_migration(dataset, home) as migration:
        bare = hand_over(migration)
    report = (home / "handoff" / "report.html").read_text(encoding="utf-8")
    assert "What could not be documented" in report
    for name, document in (
        ("workflows.json", "workflow_inventory"),
        ("saved_views.json", "saved_views_guide"),
        ("change_history.csv", "change_history_export"),
    ):
        assert f"admin_exports/{name}" in report
        assert name in bare.json(document)["missing"]
        assert "Not documented" in bare.page(document)
    assert "users.csv" in bare.json("reconciliation")["missing_exports"]
