import json

import pytest

from sandbox.gorgias.app import GorgiasServer
from sandbox.gorgias.config import ConfigError
from sandbox.gorgias.switches import NUMBER, SWITCHES, Switches

AUTH = [{"email": "ann@shop.example", "api_key": "k"}]


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({}, "auth"),
        ({"auth": []}, "auth"),
        ({"auth": AUTH, "custumers": []}, "custumers: unknown key"),
        ({"auth": AUTH, "users": {}}, "users"),
        ({"auth": [{"email": "a@b.example"}]}, "auth.0: .*api_key"),
        ({"auth": [{"token": "t", "role": "king"}]}, "auth.0.role"),
        ({"auth": AUTH, "rules": [{"name": "r", "effects": [{"do": "explode"}]}]}, "rules.0.effects.0.do"),
        ({"auth": AUTH, "rules": [{"name": "r", "effects": [{"do": "tag"}]}]}, "rules.0.effects.0"),
        ({"auth": AUTH, "switches": {"G-99": 1}}, "G-99"),
        ({"auth": AUTH, "switches": {"G-01": 500}}, r"G-01 \(duplicate_status\): 500 is not one of 400, 409"),
        ({"auth": AUTH, "switches": {"G-01": True}}, "G-01"),
        ({"auth": AUTH, "switches": {"G-21": -1}}, "G-21"),
        ({"auth": AUTH, "tags": [{"name": "a"}, {"name": "a"}]}, r"tags.1.name: .*exists"),
        ({"auth": AUTH, "customers": [{"name": "x"}]}, "customers.0.channels"),
        (
            {"auth": AUTH, "customers": [{"channels": [{"type": "email", "address": "a@b.c"}], "fax": 1}]},
            "customers.0.fax",
        ),
        ({"auth": AUTH, "users": [{"email": "a@b.c", "name": "n", "role": {"name": "x"}}]}, "users.0.role.name"),
        ({"auth": AUTH, "tickets": [{"via": "api", "messages": []}]}, "tickets.0.messages"),
    ],
)
def test_a_mistake_names_file_and_key(tmp_path, config, named):
    path = tmp_path / "gorgias.json"
    path.write_text(json.dumps(config))
    with pytest.raises(ConfigError, match=f"gorgias.json: .*{named}"):
        GorgiasServer(tmp_path)


@pytest.mark.parametrize("content", ["{", "\xff"])
def test_a_file_that_is_not_json_is_named(tmp_path, content):
    (tmp_path / "gorgias.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"gorgias.json: not JSON"):
        GorgiasServer(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gorgias.json: no such file"):
        GorgiasServer(tmp_path)


def test_a_mistake_does_not_show_an_api_key():
    with pytest.raises(ConfigError) as caught:
        GorgiasServer({"auth": [{"email": "a@b.example", "api_key": "hunter2", "rank": "admin"}]})
    assert "hunter2" not in str(caught.value)


def test_every_switch_takes_each_of_its_values():
    for switch in SWITCHES:
        for value in switch.values:
            given = 3 if value is NUMBER else value
            assert Switches({switch.id: given})[switch.id] == given
        assert Switches()[switch.id] == switch.values[0]


def test_switch_ids_are_unique_and_consecutive():
    assert [switch.id for switch in SWITCHES] == [f"G-{number:02}" for number in range(1, len(SWITCHES) + 1)]


def test_the_reference_page_lists_every_switch(request):
    page = (request.config.rootpath / "docs" / "sandbox.md").read_text("utf-8")
    for switch in SWITCHES:
        assert f"| {switch.id} | {switch.name} |" in page
