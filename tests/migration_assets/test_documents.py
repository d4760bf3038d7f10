"""Files of the handoff folder: whole, in one manifest and on one index page."""

import hashlib
import json
from pathlib import Path

from migration_assets import documents
from migration_assets.handoff.evidence.pack_check import check_pack


def test_a_document_is_json_markdown_and_html_and_the_manifest_covers_it_and_the_index(tmp_path: Path):
    paths = documents.publish(tmp_path, "views", {"rows": [1]}, "# Views\n")
    assert set(paths) == {"json", "md", "html"}
    held = json.loads((tmp_path / "handoff" / "manifest.json").read_text())["sha256"]
    written = [*paths.values(), tmp_path / "handoff" / "index.html"]
    assert held == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in written}
    assert check_pack(tmp_path / "handoff").files == {}


def test_a_later_document_keeps_the_lines_of_the_others(tmp_path: Path):
    documents.publish(tmp_path, "one", {}, "")
    documents.write_files(tmp_path / "handoff", {"report.html": "x"}, account="staging:shop")
    documents.publish(tmp_path, "two", {}, "")
    manifest = json.loads((tmp_path / "handoff" / "manifest.json").read_text())
    assert manifest["account"] == "staging:shop"
    documents_of = {f"{name}.{kind}" for name in ("one", "two") for kind in ("json", "md", "html")}
    assert set(manifest["sha256"]) == documents_of | {"report.html", "index.html"}


def test_the_index_keeps_the_verdict_when_a_later_document_is_written(tmp_path: Path):
    verdict = {"level": "bad", "headline": "Not finished: 2 gates are closed.", "as_of": "2026-01-05 10:00"}
    documents.write_files(tmp_path / "handoff", {"report.html": "x"}, title="From A to B", verdict=verdict)
    documents.publish(tmp_path, "user_actions", {}, "# What is left\n")
    index = (tmp_path / "handoff" / "index.html").read_text()
    assert "Not finished: 2 gates are closed." in index
    assert 'href="user_actions.html"' in index


def test_the_private_folder_is_for_its_owner_only(tmp_path: Path):
    (tmp_path / "private").mkdir(mode=0o755)
    assert documents.private_folder(tmp_path).stat().st_mode & 0o777 == 0o700
