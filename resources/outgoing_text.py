"""The one door for outgoing text: what an error, a log, the ledger or a document may say of what others wrote.

Two rules. No text leaves with a secret of this process in it, in whatever form a server quotes it. And the words of a
server or of an exception that nobody foresaw, which quote people's values, do not leave at all: they are kept in
`private/answers.ndjson`, and what leaves is a status, names of fields, ids, and the reference under which they are
kept. It does not belong here: what a failure means (failures.py of either side), and what our own sentences say.
"""

import hashlib
import hmac
import json
import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from resources.secrets import strike

FILE: Final = "answers.ndjson"
MOST_CHARACTERS: Final = 4_000
"""Of one server's words that are kept."""
MOST_BYTES: Final = 50_000_000
"""Of all of them: an account that refuses everything must not fill the disk."""
_HERE = Path(__file__).resolve().parents[1]
_OURS = ("checks", "migration_assets", "resources")
_REFERENCE = re.compile(r"\[words: (private/[\w.]+), (\w+)\]")
_EXPLAINED = "What the other side said is kept apart, because it may quote people"
_ADDRESS_OF_REQUEST = re.compile(r"(https?://[^\s\"'?#]*)[?#][^\s\"']*")


class ProgramFault(Exception):
    """An exception that nobody foresaw, said without its own words: what a library quotes may be a record."""


class _Door:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.secrets: frozenset[str] = frozenset()
        self.folder: Path | None = None
        self.kept: set[tuple[Path, str]] = set()


_door = _Door()
_own_folder: ContextVar[Path | None] = ContextVar("_own_folder", default=None)
"""Of the thread that speaks, where several migrations are looked after in one process."""


def open_door(folder: Path | None, secrets: Iterable[str] = ()) -> None:
    """Say which folder of this process is private, and which secrets it has."""
    with _door.lock:
        _door.folder = folder
        _door.secrets |= {secret for secret in secrets if secret}


def close_door() -> None:
    """Forget secrets and folder, for the next test."""
    with _door.lock:
        _door.secrets, _door.folder, _door.kept = frozenset(), None, set()


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """What this thread sets aside meanwhile is kept there, whichever folder is the process's."""
    token = _own_folder.set(folder)
    try:
        yield
    finally:
        _own_folder.reset(token)


@contextmanager
def kept_nowhere() -> Iterator[None]:
    """For a look that changes nothing: what this thread would set aside meanwhile is dropped."""
    with kept_in(Path(os.devnull)):
        yield


def know(*secrets: str) -> None:
    """Secrets that no text may hold from now on."""
    with _door.lock:
        _door.secrets |= {secret for secret in secrets if secret}


def outgoing(text: str) -> str:
    """A sentence of ours as it may leave: without secrets."""
    return strike(text, _door.secrets) if _door.secrets else text


def set_aside(said: str) -> str:
    """Keep somebody else's words in the private folder; returns where they are, or "" where there are none to keep."""
    folder, words = _own_folder.get() or _door.folder, outgoing(said[:MOST_CHARACTERS]).strip()
    if folder is None or not words:
        return ""
    # Keyed, so that nobody can find out by trying which words, or whose name, a reference stands for.
    key = "\n".join(sorted(_door.secrets)).encode()
    reference = hmac.new(key, words.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:10]
    with _door.lock:
        if (folder, reference) not in _door.kept:
            if not _append(folder, {"reference": reference, "at": datetime.now(UTC).isoformat(), "words": words}):
                return ""
            _door.kept.add((folder, reference))
    return f"private/{FILE}, {reference}"


def with_reference(sentence: str, said: str) -> str:
    """A sentence of ours, and where the other side's words are that it stands for."""
    place = set_aside(said)
    return outgoing(f"{sentence} [words: {place}]" if place else sentence)


def with_place(text: str) -> str:
    """The text, and for a person what its reference to kept words means."""
    found = _REFERENCE.search(text)
    if found is None or _EXPLAINED in text:
        return text
    return (
        f"{text}\n{_EXPLAINED}: the line with {found[2]} in {found[1]} of MIGRATION_HOME, which only its owner reads."
    )


def fault(error: BaseException) -> ProgramFault:
    """What may be said of an exception that nobody foresaw: its class and its place, with its stack.

    Its words are said only where its class is of this program, whose sentences quote no values.
    """
    where, at = "", error.__traceback__
    while at is not None:
        path = Path(at.tb_frame.f_code.co_filename)
        if path.is_relative_to(_HERE) or not where:
            shown = path.relative_to(_HERE) if path.is_relative_to(_HERE) else path.name
            where = f" at {shown}:{at.tb_lineno}"
        at = at.tb_next
    ours = type(error).__module__.partition(".")[0] in _OURS
    name, said = type(error).__name__, str(error)
    if isinstance(error, ModuleNotFoundError):
        where += f" ({error.name} is not installed)"
    told = outgoing(f"{name}: {said}") if ours else with_reference(f"{name}{where}, a fault of the program", said)
    made = ProgramFault(told).with_traceback(error.__traceback__)
    made.__suppress_context__ = True
    return made


def _append(folder: Path, row: dict[str, Any]) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return False  # a message without a reference is worth more than none
    with os.fdopen(opened, "ab", buffering=0) as file:
        if os.fstat(opened).st_size > MOST_BYTES:
            return False
        # Another process writes to it as well: one write a line.
        file.write((json.dumps(row, ensure_ascii=True) + "\n").encode())
    return True


class _Record(logging.LogRecord):
    """A record of Python's log without secrets, and without the queries of requests: they name people's addresses."""

    def getMessage(self) -> str:  # noqa: N802
        text = super().getMessage()
        if self.name.startswith("http"):
            text = _ADDRESS_OF_REQUEST.sub(r"\1", text)
        return outgoing(text)


logging.setLogRecordFactory(_Record)
# It would log headers with credentials, and bodies, byte by byte.
logging.getLogger("httpcore").setLevel(logging.WARNING)
