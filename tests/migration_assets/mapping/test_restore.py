"""What a map was confirmed with is kept in the ledger, and comes back into a home that lost it."""

from pathlib import Path

import pytest

from migration_assets.mapping.mapping_file import MappingError
from migration_assets.mapping.restore import keep, restore
from resources.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "staging:shop")


@pytest.fixture
def confirmed(tmp_path: Path, ledger: Ledger) -> Path:
    home = tmp_path / "home"
    (home / "admin_exports").mkdir(parents=True)
    (home / "mapping.yaml").write_text("version: 1\n")
    (home / "admin_exports" / "users.csv").write_bytes(b"id,username\r\n1,ann\r\n")
    keep(home, ledger, "v1")
    return home


def test_a_lost_home_gets_the_same_bytes_back_for_its_owner_alone(confirmed: Path, ledger: Ledger, tmp_path: Path):
    new = tmp_path / "new"
    new.mkdir()
    done = restore(new, ledger)
    assert done.written == ("admin_exports/users.csv", "mapping.yaml")
    for name in done.written:
        assert (new / name).read_bytes() == (confirmed / name).read_bytes()
        assert (new / name).stat().st_mode & 0o077 == 0
    assert restore(new, ledger).same == done.written


def test_another_file_is_replaced_only_when_asked_for_and_kept_beside(confirmed: Path, ledger: Ledger):
    (confirmed / "mapping.yaml").write_text("edited")
    with pytest.raises(MappingError, match=r"mapping\.yaml\. .*`migrate mapping restore --replace`"):
        restore(confirmed, ledger)
    assert (confirmed / "mapping.yaml").read_text() == "edited"
    assert restore(confirmed, ledger, replace=True).written == ("mapping.yaml",)
    assert (confirmed / "mapping.yaml").read_text() == "version: 1\n"
    assert (confirmed / "mapping.yaml.before-restore").read_text() == "edited"


def test_a_later_confirmation_keeps_what_there_is_then(confirmed: Path, ledger: Ledger):
    (confirmed / "admin_exports" / "users.csv").unlink()
    keep(confirmed, ledger, "v2")
    assert set(ledger.sources.confirmed_files()) == {"mapping.yaml"}


def test_a_ledger_that_keeps_nothing_says_how_to_make_a_map(ledger: Ledger, tmp_path: Path):
    with pytest.raises(MappingError, match="migrate mapping confirm --by NAME"):
        restore(tmp_path, ledger)
