"""A migration is a file: its settings are those that stand there, and a mistake is told with its line."""

from pathlib import Path

import pytest

from migration_assets.migration_file import migration_names, settings_of_migration
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings

FILE = """target: staging
start_date: 2019-02-03
ivinex_base_url: https://shop1.ivinex.com
ivinex_username: api
ivinex_timezone: America/Denver
gorgias_base_url: https://shop1.gorgias.com
gorgias_email: ann@example.com
ivinex_mailboxes: [support@shop1.com, sales@shop1.com]
secrets:
  ivinex_password: SHOP1_PASSWORD
  gorgias_api_key: SHOP1_KEY
"""
SECRETS = {"SHOP1_PASSWORD": "one", "SHOP1_KEY": "two"}


def written(folder: Path, text: str = FILE, name: str = "shop1") -> Path:
    (folder / "migrations").mkdir(exist_ok=True)
    (folder / "migrations" / f"{name}.yaml").write_text(text)
    return folder


def refused(folder: Path, text: str, name: str = "shop1") -> str:
    with pytest.raises(SettingsError) as error:
        settings_of_migration(name, written(folder, text), SECRETS)
    return str(error.value)


def test_a_file_says_all_that_its_migration_needs(tmp_path: Path):
    settings = settings_of_migration("shop1", written(tmp_path), SECRETS)
    assert settings.missing() == {}
    assert (settings.migration, settings.account) == ("shop1", "staging:shop1.gorgias.com")
    assert settings.home == tmp_path / ".migration" / "shop1"
    assert settings.ivinex_mailboxes == ("support@shop1.com", "sales@shop1.com")
    assert settings.gorgias_api_key is not None
    assert settings.gorgias_api_key.get_secret_value() == "two"


def test_what_a_file_does_not_say_is_not_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "MIGRATION_TARGET": "production",
        "MIGRATION_HOME": "/elsewhere",
        "GORGIAS_BASE_URL": "https://another.gorgias.com",
        "GORGIAS_API_KEY": "another",
        "LEDGER_URL": "sqlite:///another",
        "FILES": "later",
    }.items():
        monkeypatch.setenv(name, value)
    text = FILE.replace("gorgias_base_url: https://shop1.gorgias.com\n", "").replace(
        "  gorgias_api_key: SHOP1_KEY\n", ""
    )
    settings = settings_of_migration("shop1", written(tmp_path, text), SECRETS)
    assert set(settings.missing()) == {"GORGIAS_BASE_URL", "GORGIAS_API_KEY"}
    assert (str(settings.target), settings.ledger_url, settings.files) == ("staging", None, "with_tickets")
    with pytest.raises(SettingsError, match=r"migrations/shop1\.yaml"):
        settings.require_complete()


def test_the_variable_migration_chooses_the_file_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(written(tmp_path))
    monkeypatch.setenv("MIGRATION", "shop1")
    assert load_settings().migration == "shop1"
    monkeypatch.setenv("MIGRATION", "shop2")
    with pytest.raises(SettingsError, match=r"no migration shop2.*there are: shop1"):
        load_settings()


def test_every_mistake_is_told_at_once_with_its_line_and_without_its_value(tmp_path: Path):
    said = refused(
        tmp_path,
        "target: stagin\ngorgias_api_key: sesame\nstart: 3\nivinex_timezone: Mars/Base\n"
        "secrets:\n  ivinex_password: not a name\n  colour: RED\n",
    )
    for line, words in (
        (1, "target"),
        (2, "is a secret"),
        (3, "is no setting"),
        (4, "time zone"),
        (6, "name of a variable"),
    ):
        assert f"line {line}: " in said
        assert words in said
    assert "has 6 mistakes" in said
    assert "line 7: colour is no setting" in said
    assert "sesame" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("target: [\n", "is not YAML; line"),
        ("", "says nothing"),
        ("target: demo\ntarget: staging\n", "line 2: target stands twice (line 1, too)"),
        ("secrets: abc\n", "line 1: secrets: write one line for each"),
        ("target:\n  of: demo\n", "line 1: target takes one value"),
        ("target: staging\0\n", "is not YAML: it holds characters that no text has"),
        ("target: staging\n? [a, b]\n: c\n", "line 2: a setting is one word"),
    ],
)
def test_a_file_that_is_none_is_told_so(tmp_path: Path, text: str, words: str):
    assert words in refused(tmp_path, text)


def test_a_secret_whose_variable_is_not_set_is_told_by_the_name_of_the_variable(tmp_path: Path):
    settings = settings_of_migration("shop1", written(tmp_path), {"SHOP1_PASSWORD": "one"})
    with pytest.raises(SettingsError, match=r"GORGIAS_API_KEY .*: the variable SHOP1_KEY is not set") as told:
        settings.require_complete()
    assert "SHOP1_PASSWORD" not in str(told.value)


def test_a_name_that_dagster_would_not_take_is_refused(tmp_path: Path):
    for name in ("Shop", "shop-1", "../shop1", "1shop"):
        with pytest.raises(SettingsError, match="cannot be the name of a migration"):
            settings_of_migration(name, tmp_path, {})


def test_the_file_of_the_instance_is_no_migration(tmp_path: Path):
    written(tmp_path, "storage: {}\n", "dagster")
    assert migration_names(written(tmp_path)) == ["shop1"]
