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
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _replace(folder / name, text)
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    _enter(folder, digests, head)
    return digests


def publish_file(home: Path, name: str, made: Path) -> Path:
    """Move a file that was too large to be made in memory into the handoff folder, and enter it in the manifest."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with made.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    os.replace(made, folder / name)
    _enter(folder, {name: digest}, {})
    return folder / name


def _enter(folder: Path, digests: Mapping[str, str], head: Mapping[str, Any]) -> None:
    # Assets of one run follow each other, but a run of the UI and a command may write at the same time.
    with FileLock(folder.parent / ".handoff.lock"):
        path = folder / MANIFEST
        held = json.loads(path.read_text("utf-8")) if path.exists() else {}
        files = held.pop("sha256", {}) | dict(digests)
        facts = held | dict(head)
        index = index_page(files, facts)
        _replace(folder / INDEX, index)
        files[INDEX] = hashlib.sha256(index.encode()).hexdigest()
        manifest = facts | {"made_at": datetime.now(UTC).isoformat(), "sha256": dict(sorted(files.items()))}
        _replace(path, json.dumps(manifest, indent=2, default=str) + "\n")


def unlike_manifest(folder: Path) -> dict[str, str]:
    """File name -> `missing` or `changed`, of what is not as the manifest says; {} where all is.

    Raises:
        FileNotFoundError: there is no manifest.
    """
    told = json.loads((folder / MANIFEST).read_text("utf-8"))["sha256"]
    found: dict[str, str] = {}
    for name, digest in told.items():
        path = folder / name
        if not path.is_file():
            found[name] = "missing"
        else:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    found[name] = "changed"
    return found


def _replace(path: Path, text: str) -> None:
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
