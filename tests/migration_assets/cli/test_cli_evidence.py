"""`migrate verify --manifest DIR`: a copy of a pack, on a machine that has no migration."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from migration_assets import documents
from migration_assets.handoff.evidence.pack import close_pack


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    documents.publish(tmp_path / "elsewhere", "views", {"rows": [1]}, "# Views\n")
    close_pack(tmp_path / "elsewhere", None)
    shutil.move(tmp_path / "elsewhere" / "handoff", tmp_path / "copy")
    shutil.rmtree(tmp_path / "elsewhere")
    return tmp_path / "copy"


def test_a_copy_is_checked_without_a_home_and_none_is_made(migrate: Callable[..., Result], copy: Path, home: Path):
    result = migrate("verify", "--manifest", copy)
    assert (result.exit_code, result.stdout[:3]) == (0, "OK:")
    assert not home.exists()
    (copy / "views.md").write_text("# Another\n")
    (copy / "views.json").unlink()
    result = migrate("verify", "--manifest", copy, "--json")
    said = json.loads(result.stdout)
    assert (said["verdict"], said["files"]) == ("FAILED", {"views.md": "changed", "views.json": "missing"})
    assert result.exit_code == said["exit_code"] == 3


def test_settings_that_cannot_be_used_do_not_keep_a_reader_from_checking(
    migrate: Callable[..., Result], copy: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GORGIAS_BASE_URL", "no address")
    assert migrate("verify", "--manifest", copy).exit_code == 0
    (copy / "evidence.intoto.jsonl").unlink()
    open_pack = migrate("verify", "--manifest", copy)
    assert (open_pack.exit_code, open_pack.stdout[:11]) == (3, "NOT PROVED:")


def test_a_folder_or_a_key_that_is_none_is_a_mistake_of_the_call(migrate: Callable[..., Result], copy: Path):
    assert migrate("verify", "--manifest", copy / "nowhere").exit_code == 2
    assert migrate("verify", "--manifest", copy, "--key", copy / "views.md").exit_code == 2
    assert migrate("verify", "--key", copy / "evidence.pub.pem").exit_code == 2
    assert migrate("verify", "--manifest", copy, "--key", copy / "evidence.pub.pem").exit_code == 0
