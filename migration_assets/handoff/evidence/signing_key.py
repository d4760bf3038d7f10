"""The Ed25519 key that evidence packs are signed with: made on first use in private/, or given by a setting.

It belongs here: reading and making the key. It does not: what is signed (envelope.py).
"""

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from migration_assets.documents import private_folder
from migration_assets.settings import SettingsError

FILE = "evidence_key.pem"


def signing_key(home: Path, given: Path | None) -> Ed25519PrivateKey:
    """The key of this migration.

    Args:
        given: MIGRATION_EVIDENCE_KEY, a PEM file; without one, the key is private/evidence_key.pem, made on first use.

    Raises:
        SettingsError: the file cannot be read or holds no Ed25519 key that needs no password; never quotes it.
    """
    path = private_folder(home) / FILE if given is None else given
    if given is None and not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SettingsError(f"{_name(given)} cannot be read: {error.strerror}. No pack was closed.") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(
            f"{_name(given)} holds no Ed25519 private key as PEM without a password, so no pack was closed. Make one "
            "with `openssl genpkey -algorithm ed25519 -out FILE`"
            + (", or take the variable away: then a key is made in private/." if given else ", or take the file away.")
        )
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The public key as the file beside a pack holds it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_key(pem: bytes) -> Ed25519PublicKey | None:
    """The Ed25519 public key of a PEM file; None where it holds none."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def key_id(key: Ed25519PublicKey) -> str:
    """The sha256 of the key's DER form: `openssl pkey -pubin -in FILE -outform DER | sha256sum`."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(pem)
    try:
        # Not a replace: of two processes that make it at once, one key stays.
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _name(given: Path | None) -> str:
    return f"MIGRATION_EVIDENCE_KEY ({given})" if given else f"private/{FILE} of MIGRATION_HOME"
