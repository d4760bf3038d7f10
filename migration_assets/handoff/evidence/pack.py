"""Closing the folder `handoff/`: a statement over every file of its manifest, signed, with the public key beside it.

It belongs here: making the two files. It does not: checking a pack (pack_check.py), and opening one again, which each
document does that is written after it (documents.py).
"""

import hashlib
import json
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from migration_assets.documents import ENVELOPE, FOLDER, MANIFEST, PUBLIC_KEY, handoff_lock, replace
from migration_assets.handoff.evidence.envelope import Envelope
from migration_assets.handoff.evidence.signing_key import public_pem, signing_key
from migration_assets.handoff.evidence.statement import PAYLOAD_TYPE, Statement

_FACTS: Final = ("account", "mapping_version", "verdict")
_PROGRAM: Final = "ivinex-to-gorgias"


def close_pack(home: Path, key_file: Path | None) -> Statement:
    """Sign what the documents were when they were written; a file that was changed since is told by the check.

    Raises:
        FileNotFoundError: no document was written yet.
        SettingsError: as `signing_key`.
    """
    key = signing_key(home, key_file)
    folder = home / FOLDER
    with handoff_lock(folder):
        manifest = (folder / MANIFEST).read_bytes()
        held: dict[str, Any] = json.loads(manifest)
        files = held["sha256"] | {MANIFEST: hashlib.sha256(manifest).hexdigest()}
        facts = {name: held[name] for name in _FACTS if name in held}
        statement = Statement(files, facts | {"closed_at": datetime.now(UTC).isoformat(), "program": program()})
        replace(folder / PUBLIC_KEY, public_pem(key.public_key()).decode())
        replace(folder / ENVELOPE, Envelope.signed(PAYLOAD_TYPE, statement.as_json(), key).as_json().decode())
    return statement


def program() -> dict[str, str]:
    """Its name and version."""
    try:
        return {"name": _PROGRAM, "version": version(_PROGRAM)}
    except PackageNotFoundError:  # run from a source tree that was not installed
        return {"name": _PROGRAM, "version": "unknown"}
