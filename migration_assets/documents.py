"""Files of MIGRATION_HOME/handoff: each document as JSON, Markdown and HTML, one index page, the manifest over all.

It belongs here: names, formats, the index and the manifest. It does not: what a document says (its asset does), and
what text of the source looks like in it (markdown.py, pages.py). Each file is replaced whole, so that a reader never
meets half of one.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from migration_assets.pages import INDEX, document_page, index_page

FOLDER = "handoff"
MANIFEST = "manifest.json"
ENVELOPE = "evidence.intoto.jsonl"
PUBLIC_KEY = "evidence.pub.pem"
"""What closes the folder (handoff/evidence/): they are over the manifest, so they have no line in it."""


def publish(home: Path, name: str, content: Mapping[str, Any], page: str) -> dict[str, Path]:
    """Write `handoff/<name>.json`, `.md` and `.html`, and enter them in the manifest and the index.

    Args:
        home: MIGRATION_HOME.
        name: the asset's own name, e.g. `workflow_inventory`.
        content: what the JSON file holds; times as ISO 8601 in UTC.
        page: the same for people, as Markdown (`markdown.render`).

    Returns:
        `json`, `md` and `html` -> the file written.
    """
    told = json.dumps(content, indent=2, default=str, ensure_ascii=False) + "\n"
    texts = {"json": told, "md": page, "html": document_page(page)}
    write_files(home / FOLDER, {f"{name}.{kind}": text for kind, text in texts.items()})
    return {kind: home / FOLDER / f"{name}.{kind}" for kind in texts}


def write_files(folder: Path, texts: Mapping[str, str], **head: Any) -> dict[str, str]:
    """Replace these files and their lines in manifest.json; other lines stay. Returns file name -> sha256.

    Args:
        head: facts of the migration that the manifest names beside the files: `account`, `mapping_version`, `verdict`.
    """
    _open(folder)
    for name, text in texts.items():
        replace(folder / name, text)
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    _enter(folder, digests, head)
    return digests


def publish_file(home: Path, name: str, made: Path) -> Path:
    """Move a file that was too large to be made in memory into the handoff folder, and enter it in the manifest."""
    folder = home / FOLDER
    _open(folder)
    with made.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    os.replace(made, folder / name)
    _enter(folder, {name: digest}, {})
    return folder / name


def handoff_lock(folder: Path) -> FileLock:
    """Assets of one run follow each other, but a run of the UI and a command may write at the same time."""
    return FileLock(folder.parent / ".handoff.lock")


def _open(folder: Path) -> None:
    """The signature is over what was there: a document that is written after it opens the pack again."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ENVELOPE).unlink(missing_ok=True)


def _enter(folder: Path, digests: Mapping[str, str], head: Mapping[str, Any]) -> None:
    with handoff_lock(folder):
        # Also of one that was signed meanwhile.
        _open(folder)
        path = folder / MANIFEST
        held = json.loads(path.read_text("utf-8")) if path.exists() else {}
        files = held.pop("sha256", {}) | dict(digests)
        facts = held | dict(head)
        index = index_page(files, facts)
        replace(folder / INDEX, index)
        files[INDEX] = hashlib.sha256(index.encode()).hexdigest()
        manifest = facts | {"made_at": datetime.now(UTC).isoformat(), "sha256": dict(sorted(files.items()))}
        replace(path, json.dumps(manifest, indent=2, default=str) + "\n")


def replace(path: Path, text: str) -> None:
    """Write a file so that nobody meets half of it."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, "utf-8", newline="\n")
    os.replace(beside, path)


def private_folder(home: Path, *below: str) -> Path:
    """MIGRATION_HOME/private, made where it is missing and readable by its owner only: values of people's data.

    Args:
        below: a folder inside of it.
    """
    folder = home / "private"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    inside = folder.joinpath(*below)
    inside.mkdir(mode=0o700, parents=True, exist_ok=True)
    return inside
