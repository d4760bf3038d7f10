import json

import pandas as pd
import pytest

from migration_assets.mapping.mapping_file import MappingError, check_against, load, save
from migration_assets.mapping.model import FieldMap, Mapping, Target
from migration_assets.mapping.schema_check import schema_problems

GOOD = """\
version: 1
time_zone: America/Denver
roles:
  contact: [1001]
  ticket: [10101]
fields:
  contact:
  - collection_type_id: 1001
    source: email
    kind: email
    target: {to: standard, name: email}
    transform: email
  ticket:
  - collection_type_id: 10101
    source: state
    kind: dropdown
    target:
      to: standard
      name: status
    transform: option
    values:
      Yes: open
      2020-01-01: closed
  - collection_type_id: 10101
    source: product
    kind: dropdown
    target: {to: custom_field, name: Product}
    transform: option
"""


def read(tmp_path, text):
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    return load(path)


def problem(tmp_path, text):
    with pytest.raises(MappingError) as error:
        read(tmp_path, text)
    return str(error.value)


def test_ids_dates_and_yes_stay_the_text_that_was_written(tmp_path):
    mapping = read(tmp_path, GOOD)
    assert mapping.roles["contact"] == ["1001"]
    assert mapping.fields["ticket"][0].values == {"Yes": "open", "2020-01-01": "closed"}


def test_a_saved_map_reads_back_the_same(tmp_path):
    mapping = read(tmp_path, GOOD)
    save(tmp_path / "again.yaml", mapping)
    assert load(tmp_path / "again.yaml") == mapping


def test_the_way_on_at_the_top_of_the_file_is_that_of_its_migration(tmp_path, monkeypatch):
    for name, told in (
        ("", "the job confirm_mapping, or `migrate mapping"),
        ("north", "the job north_confirm_mapping, or `migrate --migration north mapping"),
    ):
        monkeypatch.setenv("MIGRATION", name)
        save(tmp_path / "mapping.yaml", Mapping(time_zone="UTC", roles={}, fields={}))
        assert told in (tmp_path / "mapping.yaml").read_text()


def test_a_label_with_an_emoji_is_written_as_a_person_reads_it(tmp_path):
    mapping = read(tmp_path, GOOD.replace("Yes: open", "Yes \U0001f600: open"))
    save(tmp_path / "again.yaml", mapping)
    assert "Yes \U0001f600: open" in (tmp_path / "again.yaml").read_text()
    assert load(tmp_path / "again.yaml") == mapping


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("    transform: email", "    transfrom: email", 12, "fields.contact.0.transfrom: unknown key"),
        (
            "    source: state",
            "    sauce: state",
            15,
            "sauce: unknown key; the keys here are collection_type_id, source",
        ),
        ("roles:", "rolls:", 3, "rolls: unknown key; the keys here are version, time_zone, roles"),
        ("      to: standard", "      too: standard", 18, "target.too: unknown key; the keys here are to, name"),
        ("America/Denver", "America/Dover", 2, "time_zone: is no time zone of the IANA list"),
        ("America/Denver", "America", 2, "time_zone: is no time zone of the IANA list"),
        ("      Yes: open", "      Yes: [open]", 22, "values.Yes: must be one piece of text"),
        ("    values:\n      Yes: open\n", "    values: [Yes]\n#", 21, "values: must be keys with their values"),
        (
            "{to: standard, name: email}",
            "email",
            11,
            "target: must be keys with their values, indented: to, name, as {",
        ),
        (
            "    source: email",
            "    source: email\n    confidence: high",
            10,
            "confidence: must be a number from 0 to 1",
        ),
        ("roles:", "link_notes: ticket\nroles:", 3, "link_notes: must be a list"),
        ("      to: standard", "      to: standart", 18, "must be one of 'standard'"),
        ("      name: status", "      name: stats", 19, "'stats' is no standard target of a ticket; there are id, "),
        ("      Yes: open", "      Yes: opened", 22, "'opened' is not one of open, closed"),
        ("name: Product}", "name: ''}", 24, "target custom_field needs a name"),
        ("{to: custom_field, name: Product}", "{to: data, name: x}", 27, "a ticket has no data"),
        ("{to: custom_field, name: Product}", "{to: standard, name: status}", 27, "two fields on one target"),
        ("{to: custom_field, name: Product}", "{to: skip}", 24, "a skipped field needs a reason"),
        ("kind: email", "kind: mail", 10, "'mail' is no kind of field"),
        ("time_zone: America/Denver", "", 1, "time_zone: missing key"),
        ("  ticket: [10101]", "  tickets: [10101]", 5, "roles.tickets"),
        ("    source: product", "    source: product\n    source: item", 26, "given already on line 25"),
        ("    transform: email", "    missing: default", 8, "missing says default, but no default is given: add the"),
        ("roles:\n  contact: [1001]", "roles:\n  contact: [1]", 8, "tab 1001 has not the role contact"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(tmp_path, old, new, line, told):
    assert old in GOOD
    message = problem(tmp_path, GOOD.replace(old, new))
    assert "mapping.yaml" in message
    assert told in message
    assert f"line {line}:" in message


def test_what_is_not_yaml_or_not_there_is_said_with_the_way_out(tmp_path):
    assert "is not YAML: line " in problem(tmp_path, "version: 1\nroles: [")
    tabbed = problem(tmp_path, GOOD.replace("      Yes", "\tYes"))
    assert "is not YAML: line 22, column 1: " in tabbed
    assert "a tab stands in this line" in tabbed
    assert "holds a colon stands in quotes" in problem(tmp_path, GOOD.replace("source: state", "source: state: x"))
    unclosed = problem(tmp_path, GOOD.replace("source: state", "source: 'state"))
    assert "begins in line 15: look for an open quote" in unclosed
    assert "line 15: a control character (0x7) stands there" in problem(tmp_path, GOOD.replace("state", "st\x07ate"))
    assert "migrate mapping propose" in problem(tmp_path, "")
    assert "expected keys" in problem(tmp_path, "just text")
    with pytest.raises(MappingError, match="migrate mapping propose"):
        load(tmp_path / "absent.yaml")


def schema(*names):
    return pd.DataFrame(
        [{"collection_type_id": t, "field_name": n, "kind": k, "field_id": "1", "options": "[]"} for t, n, k in names]
    )


def test_a_map_that_does_not_fit_the_live_schema_is_told_by_line(tmp_path):
    mapping = read(tmp_path, GOOD)
    live = schema(("1001", "email", "number"), ("10101", "state", "dropdown"), ("10101", "extra", "text"))
    with pytest.raises(MappingError) as error:
        check_against(tmp_path / "mapping.yaml", mapping, schema_problems(mapping, live))
    message = str(error.value)
    assert "line 10: fields.contact.0.kind: 'email' is of kind number in the live schema" in message
    assert "line 25: fields.ticket.1.source: tab 10101 has no field 'product'" in message
    assert "line 13: fields.ticket: tab 10101: field 'extra' is not in the map" in message


def test_a_label_in_values_that_no_option_has_is_told_by_line_with_those_that_there_are(tmp_path):
    mapping = read(tmp_path, GOOD.replace("      Yes: open", "      Yess: open\n      77: closed"))
    live = schema(("1001", "email", "email"), ("10101", "state", "dropdown"), ("10101", "product", "dropdown"))
    options = [{"id": "5", "label": "Yes"}, {"id": "6", "label": "2020-01-01"}]
    live.loc[live["field_name"] == "state", "options"] = json.dumps(options)
    with pytest.raises(MappingError) as error:
        check_against(tmp_path / "mapping.yaml", mapping, schema_problems(mapping, live))
    assert "line 22: fields.ticket.0.values.Yess: no option of 'state' is called so; there are 2020-01-01, Yes" in str(
        error.value
    )
    assert "77" not in str(error.value), "records may still hold the id of an option that is gone"


def test_a_section_that_was_removed_is_told_once_and_where_a_new_one_is(tmp_path):
    mapping = read(tmp_path, GOOD[: GOOD.index("  ticket:\n  -")])
    live = schema(("1001", "email", "email"), ("10101", "state", "dropdown"), ("10101", "product", "dropdown"))
    [(path, message)] = schema_problems(mapping, live)
    assert path == ("fields", "ticket")
    assert "no field of tab 10101 is in the map; take its section from a new proposal" in message


def test_a_person_may_know_that_a_text_field_holds_email_addresses(tmp_path):
    live = schema(("1001", "email", "text"), ("10101", "state", "dropdown"), ("10101", "product", "dropdown"))
    problems = [message for _, message in schema_problems(read(tmp_path, GOOD), live)]
    assert not any("of kind" in message for message in problems)


def many_fields(count):
    items = [
        FieldMap(
            collection_type_id="10101", source=f"f{n}", kind="text", target=Target(to="custom_field", name=f"F{n}")
        )
        for n in range(count)
    ]
    return Mapping(time_zone="UTC", roles={"ticket": ["10101"]}, fields={"ticket": items})


def test_more_custom_fields_than_the_account_has_room_for_are_refused():
    live = schema(*(("10101", f"f{n}", "text") for n in range(25)))
    assert list(schema_problems(many_fields(25), live)) == []
    [(path, message)] = schema_problems(many_fields(25), live, active_fields=1)
    assert path == ("fields",)
    assert "25 custom fields" in message
    assert "1 already active" in message


def test_labels_are_unique_across_tickets_and_customers():
    ticket = FieldMap(collection_type_id="1", source="a", kind="text", target=Target(to="custom_field", name="Tier"))
    contact = FieldMap(collection_type_id="2", source="b", kind="text", target=Target(to="custom_field", name="tier"))
    mapping = Mapping(
        time_zone="UTC", roles={"ticket": ["1"], "contact": ["2"]}, fields={"ticket": [ticket], "contact": [contact]}
    )
    [(_, message)] = mapping.problems()
    assert "used by a contact field too" in message


def test_the_version_changes_with_what_decides_results_and_not_with_notes(tmp_path):
    mapping = read(tmp_path, GOOD)
    noted = mapping.model_copy(deep=True)
    noted.fields["ticket"][0] = noted.fields["ticket"][0].model_copy(update={"reason": "looked at it"})
    changed = mapping.model_copy(deep=True)
    changed.fields["ticket"][0].values["Yes"] = "closed"
    assert noted.mapping_version == mapping.mapping_version != changed.mapping_version


def test_a_map_from_before_there_was_a_choice_of_link_notes_keeps_its_version():
    said_nothing = Mapping(time_zone="UTC", roles={"ticket": ["1"]})
    assert said_nothing.mapping_version == "011f3b28c1a6"
    assert said_nothing.model_copy(update={"link_notes": []}).mapping_version != "011f3b28c1a6"


def test_overflow_in_a_field_takes_one_of_the_custom_fields_and_its_label():
    mapping = many_fields(25).model_copy(update={"overflow": "field"})
    [(_, told)] = schema_problems(mapping, schema(*(("10101", f"f{n}", "text") for n in range(25))))
    assert "26 custom fields (25 of tickets, 1 of customers, one of them that of `overflow: field`)" in told
    item = FieldMap(collection_type_id="1", source="a", target=Target(to="custom_field", name="ivinex record"))
    clash = Mapping(time_zone="UTC", roles={"contact": ["1"]}, fields={"contact": [item]}, overflow="field")
    assert [told for _, told in clash.problems()] == [
        "two fields on one target: label 'ivinex record' is that of `overflow: field`"
    ]
    assert list(clash.model_copy(update={"overflow": "data"}).problems()) == []


def test_a_map_that_says_nothing_of_overflow_keeps_its_version():
    assert Mapping(time_zone="UTC", roles={"ticket": ["1"]}, overflow="field").mapping_version != "011f3b28c1a6"
