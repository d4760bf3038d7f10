"""Files of the handoff folder: whole, escaped, and in one manifest."""

import hashlib
import json
from pathlib import Path

from migration_assets import documents


def test_a_document_is_a_json_and_a_markdown_file_in_the_manifest(tmp_path: Path):
    paths = documents.publish(tmp_path, "views", {"rows": [1]}, "# Views\n")
    held = json.loads((tmp_path / "handoff" / "manifest.json").read_text())["sha256"]
    assert held == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths.values()}


def test_a_later_document_keeps_the_lines_of_the_others(tmp_path: Path):
    documents.publish(tmp_path, "one", {}, "")
    documents.write_files(tmp_path / "handoff", {"report.html": "x"}, account="staging:shop")
    documents.publish(tmp_path, "two", {}, "")
    manifest = json.loads((tmp_path / "handoff" / "manifest.json").read_text())
    assert manifest["account"] == "staging:shop"
    assert set(manifest["sha256"]) == {"one.json", "one.md", "two.json", "two.md", "report.html"}


def test_what_the_source_holds_cannot_become_markup_of_the_page():
    assert documents.cell("<script>|[a](b)\n*c*") == r"&lt;script&gt;\|\[a\](b) \*c\*"


def test_the_private_folder_is_for_its_owner_only(tmp_path: Path):
    (tmp_path / "private").mkdir(mode=0o755)
    assert documents.private_folder(tmp_path).stat().st_mode & 0o777 == 0o700
