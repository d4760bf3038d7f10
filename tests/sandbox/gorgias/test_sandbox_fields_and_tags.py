import pytest
from sandbox_refusals import refuses

TEXT = {"data_type": "text", "input_settings": {"input_type": "input"}}


def _field(label, object_type="Ticket", **changes):
    return {"object_type": object_type, "label": label, "definition": TEXT, **changes}


def _fill(client, object_type, count):
    for number in range(count):
        assert client.post("/api/custom-fields", json=_field(f"F{number}", object_type)).status_code == 201


def test_the_26th_active_field_is_refused_over_both_object_types(sandbox):
    client = sandbox(custom_fields=[]).client
    _fill(client, "Ticket", 20)
    _fill(client, "Customer", 5)
    refuses(client.post("/api/custom-fields", json=_field("one more")), "deactivated_datetime")
    first = client.get("/api/custom-fields", params={"object_type": "Ticket"}).json()["data"][0]
    path = f"/api/custom-fields/{first['id']}"
    client.put(path, json={"deactivated_datetime": "2026-01-01T00:00:00Z"})
    assert client.post("/api/custom-fields", json=_field("one more")).status_code == 201
    refuses(
        client.put(f"/api/custom-fields/{first['id']}", json={"deactivated_datetime": None}), "deactivated_datetime"
    )


def test_the_field_cap_counts_per_type_where_switched(sandbox):
    client = sandbox(custom_fields=[], switches={"G-14": False}).client
    _fill(client, "Ticket", 25)
    assert client.post("/api/custom-fields", json=_field("C", "Customer")).status_code == 201
    refuses(client.post("/api/custom-fields", json=_field("T")), "deactivated_datetime")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": "Size"}, "label"),
        ({"label": ""}, "label"),
        ({"label": "x" * 256}, "label"),
        ({"description": "x" * 1025}, "description"),
        ({"object_type": "ticket"}, "object_type"),
        ({"priority": 5001}, "priority"),
        ({"definition": {"data_type": "date", "input_settings": {}}}, "definition.data_type"),
    ],
)
def test_a_bad_field_is_refused(sandbox, changes, field):
    answer = sandbox().client.post("/api/custom-fields", json={**_field("New"), **changes})
    assert answer.status_code == 400
    assert any(name.startswith(field.split(".")[0]) for name in answer.json()["error"]["data"])


def test_choices_and_value_lengths_are_limited_by_switch(sandbox):
    client = sandbox(switches={"G-26": 2, "G-15": 3}).client
    many = {"data_type": "text", "input_settings": {"input_type": "dropdown", "choices": ["a", "b", "c"]}}
    refuses(client.post("/api/custom-fields", json=_field("D", definition=many)), "definition.input_settings.choices")
    refuses(client.put("/api/customers/2/custom-fields", json=[{"id": 13, "value": "long"}]), "0.value")


def test_a_bulk_update_is_all_or_nothing(running):
    answer = running.client.put("/api/custom-fields", json=[{"id": 11, "label": "A"}, {"id": 12, "label": "Size"}])
    refuses(answer, "1.label")
    assert [field["label"] for field in running.state()["custom_fields"]] == ["Size", "Count", "Company"]


def test_putting_values_replaces_the_whole_set(client, make_ticket):
    body = make_ticket(custom_fields=[{"id": 11, "value": "S"}, {"id": 12, "value": 3}])
    path = f"/api/tickets/{client.post('/api/tickets', json=body).json()['id']}/custom-fields"
    answer = client.put(path, json=[{"id": 12, "value": 4.5}])
    assert answer.status_code == 200
    assert [(row["field"]["id"], row["value"]) for row in client.get(path).json()["data"]] == [(12, 4.5)]


def test_single_values_are_bare_scalars_and_an_unset_one_cannot_be_deleted(client):
    path = "/api/customers/2/custom-fields/13"
    refuses(client.put(path, json={"id": 13, "value": "Acme"}), "body")
    assert client.put(path, json="Acme").status_code == 200
    assert (
        client.get("/api/customers/2", params={"relationships": "custom_fields"}).json()["custom_fields"]["13"]["value"]
        == "Acme"
    )
    assert client.delete(path).status_code == 204
    refuses(client.delete(path), "id")


def test_null_leaves_a_value_out(client):
    client.put("/api/customers/2/custom-fields", json=[{"id": 13, "value": "Acme"}])
    client.put("/api/customers/2/custom-fields", json=[{"id": 13, "value": None}])
    assert client.get("/api/customers/2/custom-fields").json() == {"data": []}


def test_archived_fields_are_listed_apart_and_take_no_values(client):
    client.put("/api/custom-fields/13", json={"deactivated_datetime": "2026-01-01T00:00:00Z"})
    for archived, labels in (("true", ["Company"]), ("false", [])):
        query = {"object_type": "Customer", "archived": archived}
        assert [row["label"] for row in client.get("/api/custom-fields", params=query).json()["data"]] == labels
    refuses(client.put("/api/customers/2/custom-fields", json=[{"id": 13, "value": "a"}]), "0.value")


def test_tag_names_are_unique_by_exact_case(client):
    refuses(client.post("/api/tags", json={"name": "vip"}), "name")
    assert client.post("/api/tags", json={"name": "VIP"}).status_code == 201
    refuses(client.post("/api/tags", json={"name": "x" * 257}), "name")


def test_tags_on_a_ticket_are_added_set_removed_and_listed(client, make_ticket):
    path = f"/api/tickets/{client.post('/api/tickets', json=make_ticket()).json()['id']}/tags"

    def names():
        return [tag["name"] for tag in client.get(path).json()["data"]]

    added = client.post(path, json={"names": ["vip"]})
    assert (added.status_code, added.content, names()) == (201, b"", ["vip"])
    assert client.put(path, json={"names": ["ai_ignore"]}).status_code == 202
    assert names() == ["ai_ignore"]
    refuses(client.post(path, json={"names": ["unknown"]}), "names.0")
    assert client.request("DELETE", path, json={"names": ["ai_ignore"]}).status_code == 204
    assert names() == []


def test_tags_can_be_listed_by_usage(client, make_ticket):
    client.post("/api/tickets", json=make_ticket(tags=[{"name": "vip"}]))
    for order, names in (("usage:desc,name:desc", ["vip", "ai_ignore"]), ("usage:asc,name:asc", ["ai_ignore", "vip"])):
        assert [tag["name"] for tag in client.get("/api/tags", params={"order_by": order}).json()["data"]] == names


def test_merging_tags_moves_their_tickets(client, make_ticket):
    ticket_id = client.post("/api/tickets", json=make_ticket(tags=[{"name": "vip"}])).json()["id"]
    ids = {tag["name"]: tag["id"] for tag in client.get("/api/tags").json()["data"]}
    answer = client.put(f"/api/tags/{ids['ai_ignore']}/merge", json={"source_tags_ids": [ids["vip"]]})
    assert (answer.status_code, answer.json()["usage"]) == (202, 1)
    assert [tag["name"] for tag in client.get(f"/api/tickets/{ticket_id}/tags").json()["data"]] == ["ai_ignore"]
    assert client.get(f"/api/tags/{ids['vip']}").status_code == 404


def test_a_tag_that_a_rule_uses_is_not_deleted(sandbox):
    rule = {"name": "r", "effects": [{"do": "tag", "tag": "vip"}]}
    client = sandbox(rules=[rule]).client
    ids = {tag["name"]: tag["id"] for tag in client.get("/api/tags").json()["data"]}
    assert client.delete(f"/api/tags/{ids['vip']}").status_code == 400
    assert client.request("DELETE", "/api/tags", json={"ids": [ids["ai_ignore"]]}).status_code == 204
