"""The doctor asks each server once, with the credentials, and says which setting a refusal is about."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from migration_assets.orchestration.doctor import FAIL, OK, WARN, Point, examine
from migration_assets.settings import Settings
from sandbox.generator.generate import generate_dataset
from sandbox.serve import Running, running

WRONG = "s3same-word"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("looked_at") / "small"
    generate_dataset(folder, tickets=3, seed=5)
    return folder


@pytest.fixture(scope="module")
def served(dataset: Path) -> Iterator[Running]:
    with running(dataset, ivinex_rate=None) as sandbox:
        yield sandbox


def settings_of(sandbox: Running, home: Path, **instead: Any) -> Settings:
    given = {
        **{"MIGRATION_HOME": home, "ivinex_base_url": sandbox.ivinex_url, "gorgias_base_url": sandbox.gorgias_url},
        **{"ivinex_username": sandbox.ivinex_auth[0], "ivinex_password": sandbox.ivinex_auth[1]},
        **{"gorgias_email": sandbox.gorgias_auth[0], "gorgias_api_key": sandbox.gorgias_auth[1]},
    }
    return Settings(**given | instead).guard_texts()


def looked(settings: Settings) -> dict[str, Point]:
    return {one.name: one for one in examine(settings) if one.name.startswith(("ivinex", "gorgias"))}


def requests_of(url: str) -> dict[str, int]:
    found: dict[str, int] = httpx.get(f"{url}/_sandbox/stats").json()["requests"]
    return found


def test_right_credentials_cost_one_read_of_each_side_and_no_write(served: Running, tmp_path: Path):
    for url in (served.ivinex_url, served.gorgias_url):
        httpx.post(f"{url}/_sandbox/stats/reset").raise_for_status()
    found = looked(settings_of(served, tmp_path / "home"))
    assert {name: one.state for name, one in found.items()} == dict.fromkeys(
        ("ivinex", "ivinex credentials", "gorgias", "gorgias credentials"), OK
    )
    assert [sum(requests_of(url).values()) for url in (served.ivinex_url, served.gorgias_url)] == [1, 1]
    assert all(name.startswith("GET ") for name in requests_of(served.gorgias_url))


@pytest.mark.parametrize(
    ("setting", "side"),
    [
        ("ivinex_password", "ivinex"),
        ("ivinex_username", "ivinex"),
        ("gorgias_api_key", "gorgias"),
        ("gorgias_email", "gorgias"),
        ("gorgias_access_token", "gorgias"),
    ],
)
def test_what_is_refused_is_told_with_the_name_of_the_setting_and_never_its_value(
    served: Running, tmp_path: Path, setting: str, side: str
):
    before = requests_of(served.ivinex_url), requests_of(served.gorgias_url)
    found = looked(settings_of(served, tmp_path / "home", **{setting: WRONG}))
    wrong = [one for one in found.values() if one.state != OK]
    assert [(one.name, one.state) for one in wrong] == [(f"{side} credentials", FAIL)]
    assert setting.upper() in wrong[0].said
    assert WRONG not in str(found)
    after = requests_of(served.ivinex_url), requests_of(served.gorgias_url)
    assert [sum(now.values()) - sum(then.values()) for then, now in zip(before, after, strict=True)] == [1, 1]
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("switches", "more", "right", "wrong"),
    [
        ({"A-02": "basic"}, {}, OK, FAIL),
        ({"A-02": "post"}, {}, OK, FAIL),
        ({"A-02": "get"}, {"ivinex_credentials": "query"}, OK, FAIL),
        ({"A-17": "html"}, {}, OK, FAIL),
        # A run tries the other path as well, and one read does not.
        ({"A-01": "bare"}, {}, WARN, WARN),
    ],
)
def test_a_site_of_each_kind_is_judged_by_one_read(
    dataset: Path, tmp_path: Path, switches: dict[str, Any], more: dict[str, Any], right: str, wrong: str
):
    site = shutil.copytree(dataset, tmp_path / "site")
    said = json.loads((site / "site.json").read_text())
    (site / "site.json").write_text(json.dumps(said | {"switches": switches}))
    with running(site, ivinex_rate=None) as sandbox:
        for state, instead in ((right, {}), (wrong, {"ivinex_password": WRONG})):
            point = looked(settings_of(sandbox, tmp_path / "home", **more, **instead))["ivinex credentials"]
            assert (point.state, "IVINEX_PASSWORD" in point.said) == (state, True), point


def test_a_refused_password_is_named_by_the_variable_that_a_file_takes_it_from(served: Running, tmp_path: Path):
    settings = settings_of(served, tmp_path / "home", ivinex_password=WRONG)
    settings.reported_from("migrations/shop.yaml", {"ivinex_password": "SHOP_WORD"})
    assert "IVINEX_PASSWORD (the variable SHOP_WORD)" in looked(settings)["ivinex credentials"].said


def test_an_address_that_is_no_account_is_no_place_for_a_run(served: Running, tmp_path: Path):
    found = looked(settings_of(served, tmp_path / "home", gorgias_base_url=served.ivinex_url))["gorgias credentials"]
    assert (found.state, "GORGIAS_BASE_URL" in found.said) == (FAIL, True)
