"""An evidence pack re-checked where it lies: without a home, a ledger or a network.

It belongs here: what is missing, changed or added, whether the signature holds, and what cannot be known. It does not:
how it is printed (cli/verify.py).
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from migration_assets.documents import ENVELOPE, MANIFEST, PUBLIC_KEY
from migration_assets.handoff.evidence.envelope import BadEnvelope, Envelope
from migration_assets.handoff.evidence.signing_key import key_id, public_key, public_pem
from migration_assets.handoff.evidence.statement import BadStatement, Statement, checked

CLOSE_IT = "in the UI the job handoff, or `migrate run` and `migrate delta`, which end with it"


class NoPublicKey(ValueError):
    """A file that was given as a key holds no Ed25519 public key."""


class PackVerdict(StrEnum):
    OK = "OK"
    FAILED = "FAILED"
    NOT_PROVED = "NOT PROVED"


@dataclass
class PackCheck:
    """What a look at a pack came to.

    Attributes:
        files: file -> `missing`, `changed`, `added`, or what is wrong with it.
        unknown: what could not be known, and why.
        compared: files whose sha256 was compared.
        signer: id of the key that signed it, where the signature holds.
        key_given: the key is the reader's own, and not the one beside the pack.
        says: the predicate: what the migration says of itself.
    """

    files: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    compared: int = 0
    signer: str | None = None
    key_given: bool = False
    says: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> PackVerdict:
        if self.files:
            return PackVerdict.FAILED
        return PackVerdict.NOT_PROVED if self.unknown else PackVerdict.OK

    def as_data(self) -> dict[str, Any]:
        return {"verdict": str(self.verdict)} | vars(self)

    def sentences(self) -> list[str]:
        """For a person: the verdict, then each file, then what could not be known."""
        listed = [f"{_shown(name)}: {problem}" for name, problem in sorted(self.files.items())]
        told = f"{self.verdict}: {self.compared} files compared, {len(listed)} not as they were signed."
        lines = [told, *listed, *(f"Not known: {one}" for one in self.unknown)]
        if self.signer:
            whose = "the key that was given" if self.key_given else f"{PUBLIC_KEY}, which lies beside the pack"
            compare = "" if self.key_given else " Compare it with the one that you were told, or give it with --key."
            lines.append(f"Signed with {whose}: {self.signer}.{compare}")
        return lines


def check_pack(folder: Path, key_file: Path | None = None) -> PackCheck:
    """Hold every file of the folder against the signed statement.

    Args:
        key_file: a public key that the reader knows to be the signer's; without it, the one beside the pack.

    Raises:
        NotADirectoryError, FileNotFoundError: there is no such folder.
        NoPublicKey: the file that was given is none.
    """
    found = PackCheck(key_given=key_file is not None)
    present = set(_names(folder, found))
    told = _signed(folder, present, key_file, found)
    if told is None:
        told = _unsigned(folder, present, found)
    _compare(folder, present, told, found)
    return found


def _signed(folder: Path, present: set[str], key_file: Path | None, found: PackCheck) -> dict[str, str] | None:
    """What the envelope says; None where it cannot be read, so that nothing is known of who says it."""
    key = _key(folder, present, key_file, found)
    if ENVELOPE not in present:
        found.unknown.append(f"who closed this pack: {ENVELOPE} is not here. To close it: {CLOSE_IT}.")
        return None
    try:
        envelope = Envelope.read(_regular(folder / ENVELOPE))
        statement = Statement.read(envelope.payload_type, envelope.payload)
    except (BadEnvelope, BadStatement) as error:
        found.files[ENVELOPE] = f"changed: {error}"
        return None
    except OSError as error:
        found.unknown.append(f"who closed this pack: {ENVELOPE} cannot be read: {error.strerror}.")
        return None
    if key is not None and envelope.verified_by(key):
        found.signer, found.says = envelope.signer, dict(statement.predicate)
    elif key is not None:
        found.files[ENVELOPE] = "changed, or signed with another key: the signature does not hold"
    return {**statement.files, ENVELOPE: "", PUBLIC_KEY: ""}


def _key(folder: Path, present: set[str], key_file: Path | None, found: PackCheck) -> Ed25519PublicKey | None:
    if key_file is not None:
        given = public_key(key_file.read_bytes())
        if given is None:
            raise NoPublicKey
        if PUBLIC_KEY in present:
            _compare_keys(folder, given, found)
        return given
    if PUBLIC_KEY not in present:
        if ENVELOPE in present:
            found.unknown.append(
                f"whether the signature holds: {PUBLIC_KEY} is not here. Give the key with --key FILE."
            )
        return None
    try:
        pem = _regular(folder / PUBLIC_KEY)
    except OSError as error:
        found.unknown.append(f"whether the signature holds: {PUBLIC_KEY} cannot be read: {error.strerror}.")
        return None
    key = public_key(pem)
    # Of what a PEM file may hold besides, a changed byte would go unseen.
    if key is None or public_pem(key) != pem:
        found.files[PUBLIC_KEY] = "changed: it is not a public key as it was written"
    return key


def _compare_keys(folder: Path, given: Ed25519PublicKey, found: PackCheck) -> None:
    try:
        beside = public_key(_regular(folder / PUBLIC_KEY))
    except OSError as error:
        found.unknown.append(f"whether {PUBLIC_KEY} is as it was: it cannot be read: {error.strerror}.")
        return
    if beside is None or key_id(beside) != key_id(given):
        found.files[PUBLIC_KEY] = "changed: it is not the key that was given"


def _unsigned(folder: Path, present: set[str], found: PackCheck) -> dict[str, str]:
    """What manifest.json says by itself: enough to find a change, not enough to prove that there is none."""
    own = dict.fromkeys((MANIFEST, ENVELOPE, PUBLIC_KEY), "")
    if MANIFEST not in present:
        found.unknown.append(f"which files belong here: {MANIFEST} is not here either.")
        return own | dict.fromkeys(present, "")
    try:
        held = json.loads(_regular(folder / MANIFEST))
        return checked(list(held["sha256"].items())) | own
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.files[MANIFEST] = "changed: it is no manifest"
    except OSError as error:
        found.unknown.append(f"which files belong here: {MANIFEST} cannot be read: {error.strerror}.")
    return own | dict.fromkeys(present, "")


def _compare(folder: Path, present: set[str], told: dict[str, str], found: PackCheck) -> None:
    """Args: told: file -> sha256, or "" for a file that may be here and has none."""
    found.files |= {name: "added" for name in present - set(told)}
    for name, digest in sorted(told.items()):
        if not digest:
            continue
        if name not in present:
            found.files[name] = "missing"
            continue
        try:
            same = _digest(folder / name) == digest
        except OSError as error:
            found.unknown.append(f"whether {_shown(name)} is as it was: it cannot be read: {error.strerror}.")
            continue
        found.compared += 1
        if not same:
            found.files[name] = "changed"


def _names(folder: Path, found: PackCheck) -> Iterator[str]:
    """Every file below the folder, links and folders that are links included; of what cannot be listed, that."""
    if not folder.is_dir():
        raise NotADirectoryError(folder)

    def unlisted(error: OSError) -> None:
        found.unknown.append(f"what is in a folder of it: {error.strerror}.")

    for place, folders, files in os.walk(folder, onerror=unlisted):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        yield from (Path(place, name).relative_to(folder).as_posix() for name in (*files, *links))


def _shown(name: str) -> str:
    """A name as it may be printed: whoever made the pack chose it, and a terminal obeys what is in it."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _regular(path: Path) -> bytes:
    """The content of a file; nothing of what a link points to: a pack is judged by what lies in it."""
    return path.read_bytes() if _is_regular(path) else b""


def _digest(path: Path) -> str | None:
    if not _is_regular(path):
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
