import json
import re

import dagster as dg
import pandas as pd
import pytest

from migration_assets.expected_failures import plain_failures
from migration_assets.ivinex import tables as ivinex_tables
from migration_assets.mapping import confirm, mapping_file
from migration_assets.mapping.assets import confirmed, proposal
from migration_assets.mapping.mail_header_dates import Proof
from migration_assets.mapping.mapping_file import MappingError
from migration_assets.mapping.staged_map import note_staged, require_confirmed, staged_by_another
from migration_assets.mapping.time_zone_proof import ZoneProof, keep_proof
from migration_assets.orchestration.decisions import decide_preflight
from migration_assets.settings import Settings, Target
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import Table, Warehouse, WarehouseResource

VARCHAR = ("VARCHAR", "")
NAMES = ("collection_type_id", "tab", "field_id", "field_name", "label", "kind", "linked_collection_type_id", "options")
FIELDS = Table("ivinex.fields", {**dict.fromkeys(NAMES, VARCHAR), "position": ("INTEGER", "")})
RESTRICTED = Table("ivinex.fields", FIELDS.columns | {"restricted": VARCHAR})
TABS = ivinex_tables.TABS
STATUS = {"1": "Open", "2": "Closed"}


def rows(**kinds):
    return pd.DataFrame(
        [
            {
                "collection_type_id": "10101",
                "tab": "Tickets",
                "field_id": str(number),
                "field_name": name,
                "label": name.title(),
                "kind": kind,
                "linked_collection_type_id": None,
                "position": number,
                "options": json.dumps([{"id": i, "label": t} for i, t in STATUS.items()] if kind == "dropdown" else []),
            }
            for number, (name, kind) in enumerate(kinds.items())
        ]
    )


@pytest.fixture
def house(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    with warehouse.held():
        tab = {"collection_type_id": "10101", "tab": "Tickets", "role": "ticket", "listed": True, "readable": True}
        warehouse.replace(TABS, pd.DataFrame([tab | {"empty": False, "problem": ""}]))
        warehouse.replace(FIELDS, rows(subject="text", status="dropdown", size="number"))
        yield warehouse


@pytest.fixture
def home(tmp_path, house, ledger):
    confirm.propose(tmp_path, house, "UTC")
    return tmp_path


def test_a_confirmed_map_loads(home, ledger, house):
    mapping = confirm.confirm(home, ledger, house, "Ann")
    assert confirm.load_confirmed(home, ledger, house, None) == mapping


def test_a_map_that_was_never_confirmed_is_refused_with_the_way_out(home, ledger, house):
    with pytest.raises(confirm.NotConfirmed, match=r"never confirmed.*confirm_mapping.*confirm --by NAME"):
        confirm.load_confirmed(home, ledger, house, None)


def test_a_zone_that_is_not_the_map_s_keeps_it_from_being_confirmed_and_loaded(home, ledger, house):
    with pytest.raises(MappingError, match=r"in the zone UTC.*IVINEX_TIMEZONE says Europe/Berlin"):
        confirm.confirm(home, ledger, house, "Ann", zone="Europe/Berlin")
    confirm.confirm(home, ledger, house, "Ann", zone="UTC")
    with pytest.raises(confirm.NotConfirmed, match="Give both the zone that is right"):
        confirm.load_confirmed(home, ledger, house, "Europe/Berlin")


def test_an_edit_after_the_confirmation_closes_the_gate_until_confirmed_again(home, ledger, house):
    confirm.confirm(home, ledger, house, "Ann")
    path = home / "mapping.yaml"
    path.write_text(path.read_text().replace("Open: open", "Open: closed"))
    with pytest.raises(confirm.NotConfirmed, match=r"mapping\.yaml was edited"):
        confirm.load_confirmed(home, ledger, house, None)
    confirm.confirm(home, ledger, house, "Ann")
    confirm.load_confirmed(home, ledger, house, None)


def test_each_edit_is_named_by_field_and_key_before_anything_is_loaded(home, ledger, house):
    confirm.confirm(home, ledger, house, "Ann")
    assert confirm.diff(home, ledger, house) == []
    path = home / "mapping.yaml"
    path.write_text(path.read_text().replace("Open: open", "Open: closed"))
    named = "ticket: 10101.status: the value of 'Open' was open and is closed"
    with pytest.raises(confirm.NotConfirmed, match=named):
        confirm.load_confirmed(home, ledger, house, None)
    assert named in confirm.diff(home, ledger, house)


def test_a_load_begins_only_with_rows_that_the_confirmed_map_made(home, ledger, house):
    settings = Settings(MIGRATION_HOME=home, MIGRATION_TARGET=Target.demo)
    first = confirm.confirm(home, ledger, house, "Ann")
    note_staged(house, ["2024-05-01", "*"], first.mapping_version)
    require_confirmed(house, ledger, settings, ["2024-05-01", "2024-05-02", "*"])
    path = home / "mapping.yaml"
    path.write_text(path.read_text().replace("Open: open", "Open: closed"))
    with pytest.raises(confirm.NotConfirmed, match="the value of 'Open' was open and is closed"):
        require_confirmed(house, ledger, settings, ["2024-05-01"])
    second = confirm.confirm(home, ledger, house, "Ann")
    with pytest.raises(confirm.NotConfirmed) as error:
        require_confirmed(house, ledger, settings, ["2024-05-01", "*"])
    for part in (first.mapping_version, second.mapping_version, "2024-05-01 and what has no day", "migrate run"):
        assert part in str(error.value)
    note_staged(house, ["2024-05-01"], second.mapping_version)
    require_confirmed(house, ledger, settings, ["2024-05-01"])
    assert staged_by_another(house, ledger, ["2024-05-01", "*"]) == {"*": first.mapping_version}


def test_nothing_but_the_words_for_a_reader_changed_so_nothing_is_void(home, ledger, house):
    mapping = confirm.confirm(home, ledger, house, "Ann")
    path = home / "mapping.yaml"
    text = path.read_text().replace("\nfields:", "\n\n# a remark\nfields:   ").replace("reason: ", "reason:  Seen: ")
    path.write_text(text.replace("Seen: ", "") + "\n\n")
    assert confirm.load_confirmed(home, ledger, house, "UTC").mapping_version == mapping.mapping_version


def test_a_tab_that_appeared_closes_the_gate_by_name_and_a_lost_one_without_a_role_does_not(home, ledger, house):
    more = pd.concat([rows(subject="text"), rows(name="text").assign(collection_type_id="10999", tab="Deals")])
    confirm.confirm(home, ledger, house, "Ann")
    house.replace(FIELDS, pd.concat([rows(subject="text", status="dropdown", size="number"), more.tail(1)]))
    with pytest.raises(confirm.NotConfirmed, match="tab 10999 appeared, and no role"):
        confirm.load_confirmed(home, ledger, house, None)
    confirm.confirm(home, ledger, house, "Ann")
    house.replace(FIELDS, rows(subject="text", status="dropdown", size="number"))
    confirm.load_confirmed(home, ledger, house, None)


def test_a_role_s_tab_that_got_another_number_is_named(home, ledger, house):
    confirm.confirm(home, ledger, house, "Ann")
    present = rows(subject="text", status="dropdown", size="number")
    house.replace(FIELDS, present.assign(collection_type_id="10555"))
    with pytest.raises(confirm.NotConfirmed) as error:
        confirm.load_confirmed(home, ledger, house, None)
    assert "tab 10555 appeared" in str(error.value)
    assert "tab 10101: field status is gone" in str(error.value)


def test_a_link_that_leads_to_another_tab_and_a_new_restriction_are_named(home, ledger, house):
    present = rows(subject="text", status="dropdown", size="number")
    confirm.confirm(home, ledger, house, "Ann")
    house.replace(FIELDS, present.assign(linked_collection_type_id=["1001", None, None]))
    assert confirm.diff(home, ledger, house) == ["tab 10101: field subject links to tab 1001, and linked to none"]
    house.replace(RESTRICTED, present.assign(restricted=["", "", "not seen by every group (1 named)"]))
    assert confirm.diff(home, ledger, house) == ["tab 10101: field size is not seen by every group (1 named)"]
    with pytest.raises(MappingError, match=r"'Size': not seen by every group \(1 named\).*restricted: carry"):
        confirm.confirm(home, ledger, house, "Ann")
    path = home / "mapping.yaml"
    path.write_text(path.read_text().replace("source: size\n", "source: size\n    restricted: carry\n"))
    confirm.confirm(home, ledger, house, "Ann")
    confirm.load_confirmed(home, ledger, house, None)


def test_a_zone_that_is_disproved_is_not_confirmed_whoever_wrote_the_file(home, ledger, house):
    keep_proof(house, ZoneProof("UTC", Proof.disproved, "The zone UTC is wrong."))
    with pytest.raises(MappingError, match=r"The zone UTC is wrong\. Nothing was confirmed"):
        confirm.confirm(home, ledger, house, "Ann")
    keep_proof(house, ZoneProof("UTC", Proof.unproved, "The zone UTC is unproved."))
    confirm.confirm(home, ledger, house, "Ann")


def test_a_switch_of_the_whole_map_is_named_when_it_changes(home, ledger, house):
    confirm.confirm(home, ledger, house, "Ann")
    path = home / "mapping.yaml"
    path.write_text(path.read_text().replace("roles:", "link_notes: []\nroles:", 1))
    assert "link_notes was ['ticket'] and is []" in confirm.diff(home, ledger, house)


def test_a_changed_target_and_a_new_field_are_named_and_shown_beside_the_confirmed_map(home, ledger, house):
    confirm.confirm(home, ledger, house, "Ann")
    path = home / "mapping.yaml"
    path.write_text(path.read_text().replace("name: subject\n", "name: description\n"))
    house.replace(FIELDS, rows(subject="text", status="dropdown", size="number", fresh="date"))
    changes = confirm.diff(home, ledger, house)
    assert "ticket: 10101.subject: target was standard subject and is standard description" in changes
    assert "tab 10101: field fresh appeared (date)" in changes
    kept = confirm.confirmed_content(ledger)
    shown = {row["source"]: row["was"] for row in confirm.render_diff(mapping_file.load(path), kept) if row["was"]}
    assert shown == {"subject": "standard subject"}


def test_what_is_to_be_decided_blocks_the_confirmation_and_is_named_with_line_and_choice(home, ledger, house):
    path = home / "mapping.yaml"
    text = path.read_text().replace("Open: open", "Open: to be decided")
    path.write_text(text)
    line = text.splitlines().index("      Open: to be decided") + 1
    with pytest.raises(MappingError) as error:
        confirm.confirm(home, ledger, house, "Ann")
    assert f"line {line}: fields.ticket." in str(error.value)
    assert "values.Open: to be decided: write open or closed" in str(error.value)
    assert "migrate mapping confirm --by NAME" in str(error.value)
    assert ledger.decisions.confirmed_mapping() is None
    assert confirm.render_diff(mapping_file.load(path))[0]["source"] == "status"


def test_a_field_and_a_role_that_are_asked_about_block_the_confirmation_until_the_line_is_deleted(home, ledger, house):
    path = home / "mapping.yaml"
    whole = path.read_text()
    asked = whole.replace("  reason:", "  to_decide: is it the subject?\n    reason:", 1)
    path.write_text(asked.replace("fields:\n", "to_decide:\n- is tab 10101 the tickets?\nfields:\n", 1))
    with pytest.raises(MappingError) as error:
        confirm.confirm(home, ledger, house, "Ann")
    assert "is it the subject? Then delete this line." in str(error.value)
    assert "to_decide.0: is tab 10101 the tickets? Then delete this line." in str(error.value)
    path.write_text(whole)
    confirm.confirm(home, ledger, house, "Ann")


@pytest.mark.parametrize(
    ("present", "told"),
    [
        (
            rows(subject="text", status="dropdown", size="number", fresh="date"),
            "tab 10101: field fresh appeared (date)",
        ),
        (rows(subject="text", status="dropdown"), "tab 10101: field size is gone"),
        (rows(subject="text", status="dropdown", size="text"), "field size changed type from number to text"),
        (
            rows(subject="text", status="dropdown", size="number").replace(r', \{"id": "2".*\}', "", regex=True),
            "field status lost option 2",
        ),
    ],
)
def test_each_drift_of_the_schema_is_named(home, ledger, house, present, told):
    confirm.confirm(home, ledger, house, "Ann")
    house.replace(FIELDS, present)
    with pytest.raises(confirm.NotConfirmed) as error:
        confirm.load_confirmed(home, ledger, house, None)
    assert told in str(error.value)
    assert "Ann confirmed on" in str(error.value)


def test_a_new_label_is_no_drift(home, ledger, house):
    confirm.confirm(home, ledger, house, "Ann")
    present = rows(subject="text", status="dropdown", size="number")
    present["label"] = "Renamed"
    house.replace(FIELDS, present)
    confirm.load_confirmed(home, ledger, house, None)


def test_a_map_with_a_field_that_the_site_does_not_have_is_not_confirmed(home, ledger, house):
    house.replace(FIELDS, rows(subject="text", status="dropdown"))
    with pytest.raises(MappingError, match="has no field 'size'"):
        confirm.confirm(home, ledger, house, "Ann")
    assert ledger.decisions.confirmed_mapping() is None


def test_without_a_schema_the_way_out_is_named(tmp_path):
    with pytest.raises(MappingError, match="migrate discover"):
        confirm.propose(tmp_path, Warehouse(tmp_path / "empty.duckdb"), "UTC")


class _Settings(dg.ConfigurableResource):
    home: str

    def get(self):
        return Settings(home=self.home, target=Target.demo)


def materialize(home, *assets, **more):
    resources = {
        "warehouse": WarehouseResource(database=str(home / "warehouse.duckdb")),
        "ledger": LedgerResource(url=f"sqlite:///{home / 'ledger.sqlite'}", account="demo:sandbox"),
        "settings": _Settings(home=str(home)),
        "gorgias": GorgiasResource(base_url=""),
    }
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize(
            plain_failures(assets), resources=resources, instance=instance, raise_on_error=False, **more
        )


def test_the_proposal_never_overwrites_a_map_that_a_person_may_have_edited(home):
    before = (home / "mapping.yaml").read_text()
    result = materialize(home, proposal)
    assert result.success
    assert (home / "mapping.yaml").read_text() == before
    assert (home / "mapping.proposed.yaml").exists()
    [made] = result.asset_materializations_for_node("mapping__proposal")
    assert "| Tickets: Subject | standard subject | " in made.metadata["map"].value
    [seen] = result.get_asset_check_evaluations()
    assert "fields" in seen.description


def test_the_confirmed_asset_fails_without_a_retry_and_names_the_command(home, ledger, house):
    result = materialize(home, confirmed)
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    told = failure.step_failure_data.user_failure_data.description
    assert "`migrate mapping confirm --by NAME`" in told
    assert "the job confirm_mapping" in told
    # One cause, so that the UI shows the sentence and not forty lines of stack.
    error = failure.step_failure_data.error
    assert (error.cls_name, error.cause, error.context) == ("Failure", None, None)
    confirm.confirm(home, ledger, house, "Ann")
    passed = materialize(home, confirmed)
    [made] = passed.asset_materializations_for_node("mapping__confirmed")
    assert made.metadata["confirmed_by"].value == "Ann"
    [seen] = passed.get_asset_check_evaluations()
    assert seen.passed
    assert seen.description.startswith("Ann confirmed version ")
    assert "No field in it is doubtful" in seen.description


def test_the_rows_to_show_name_target_confidence_and_reason(home, house):
    from migration_assets.mapping.mapping_file import load

    shown = {row["source"]: row for row in confirm.render_diff(load(home / "mapping.yaml"))}
    assert shown["subject"]["target"] == "standard subject"
    assert shown["size"]["reason"]


def test_a_decision_that_is_changed_closes_the_load_by_name_until_confirmed_again(home, ledger, house):
    settings = Settings(MIGRATION_HOME=home, MIGRATION_TARGET=Target.demo)
    confirm.confirm(home, ledger, house, "Ann")
    decide_preflight(ledger, house, "missing_users", "fallback", "Ann")
    require_confirmed(house, ledger, settings, [])
    done = decide_preflight(ledger, house, "missing_users", "create", "Bo")
    changed = r"missing_users was fallback \(Ann, .* UTC\) and is create \(Bo, .* UTC\)"
    assert re.search(rf"{changed}.*the job confirm_mapping, or `migrate mapping confirm --by NAME`", done.sentences())
    with pytest.raises(confirm.NotConfirmed, match=rf"(?s){changed}.*the job decide_preflight.*confirm --by NAME"):
        require_confirmed(house, ledger, settings, [])
    [told] = confirm.diff(home, ledger, house)
    assert re.search(changed, told)
    confirm.confirm(home, ledger, house, "Ann")
    require_confirmed(house, ledger, settings, [])
    assert confirm.diff(home, ledger, house) == []
