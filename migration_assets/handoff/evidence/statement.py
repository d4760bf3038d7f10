"""The in-toto Statement v1 about a pack: the sha256 of every file, and what the migration says of itself.

It belongs here: the statement as JSON. It does not: signing it (envelope.py).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:ivinex-to-gorgias:evidence:v1"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadStatement(ValueError):
    """It is no statement about a pack of files."""


@dataclass(frozen=True)
class Statement:
    """What is signed.

    Attributes:
        files: name of a file in the folder -> its sha256.
        predicate: facts of the migration: account, version of the map, verdict, time; nobody's data.
    """

    files: Mapping[str, str]
    predicate: Mapping[str, Any]

    def as_json(self) -> bytes:
        held = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": self.files[name]}} for name in sorted(self.files)],
            "predicateType": PREDICATE_TYPE,
            "predicate": dict(self.predicate),
        }
        return json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def read(cls, payload_type: str, payload: bytes) -> "Statement":
        """
        Raises:
            BadStatement: another type; a file without a sha256, named twice, or outside of the folder.
        """
        try:
            held: Any = json.loads(payload)
            if payload_type != PAYLOAD_TYPE or held["_type"] != STATEMENT_TYPE:
                raise BadStatement("it is no in-toto statement")
            if held["predicateType"] != PREDICATE_TYPE:
                raise BadStatement("it is a statement about something else than a migration's evidence")
            named = [(one["name"], one["digest"]["sha256"]) for one in held["subject"]]
            predicate = dict(held["predicate"])
        except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
            raise BadStatement("it is no in-toto statement") from None
        return cls(checked(named), predicate)


def checked(named: list[tuple[Any, Any]]) -> dict[str, str]:
    """File -> sha256.

    Raises:
        BadStatement: a name that is not of a file inside the folder, a name twice, or no sha256.
    """
    files: dict[str, str] = {}
    for name, digest in named:
        if not isinstance(name, str) or not _inside(name):
            raise BadStatement("it names a file outside of the folder")
        if name in files or not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise BadStatement("it names a file twice, or without a sha256")
        files[name] = digest
    return files


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    plain = bool(name) and "\\" not in name and "\0" not in name
    return plain and not path.is_absolute() and ".." not in path.parts and str(path) == name != "."
