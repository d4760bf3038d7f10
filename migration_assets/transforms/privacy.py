"""Transforms that keep a value from Gorgias: drop, mask, keyed hash; and the key of the hash.

It belongs here: what becomes of a value that is already readable (an option is its label). It does not: which field is
private (mapping.yaml), and addresses on a staging account (people.py).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from migration_assets.documents import private_folder

FILE = "hash_key"
HASH_DIGITS = 32
LOSSES = {"drop": "dropped for privacy", "mask": "masked for privacy", "hash": "hashed for privacy"}
"""Transform -> kind of its loss, one row a field with a count."""


def masked(text: str) -> str:
    """The form without the content: letters of every script are x or X, digits 0, anything else stays."""
    return "".join(
        "0" if one.isdecimal() else ("X" if one.isupper() else "x") if one.isalnum() else one for one in text
    )


def hashed(text: str, key: bytes) -> str:
    """The same text has the same digits under one key, and nobody without the key can try texts against them."""
    return hmac.new(key, text.strip().encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:HASH_DIGITS]


def hash_key(home: Path, given: str | None) -> bytes:
    """The key of this migration: MIGRATION_HASH_KEY, else private/hash_key, which is made on first use."""
    if given:
        return given.encode()
    path = private_folder(home) / FILE
    if not path.exists():
        beside = path.with_name(f"{FILE}.{os.getpid()}.part")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(beside, path)  # not a replace: of two processes that make it at once, one key stays
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return path.read_text("ascii").strip().encode()
