"""Names of files as Gorgias and a person's disk can hold them. Names in records are hostile input. Pure."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath

from migration_assets.transforms.addresses import decoded

LENGTH = 200
NAMELESS = "file"
_APART = re.compile(r"[/\\]+")
_WINDOWS = re.compile(r"[A-Za-z]:\\|\\\\[^\\]")


def safe_name(name: str, content_type: str = "") -> str:
    """The name without paths, control characters and marks that turn the reading direction, cut at 200 characters.

    `../../etc/passwd` -> `etc_passwd`, `C:\\TEMP\\a.png` -> `a.png`. A file without a name is called after its type; an
    image without a suffix gets that of its type, because it would not open otherwise.
    """
    name = decoded(name)
    if _WINDOWS.match(name):
        name = name.rpartition("\\")[2]
    parts = [part.strip() for part in _APART.split(name)]
    joined = "_".join(part for part in parts if part not in ("", ".", ".."))
    shown = "".join(one for one in joined if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    shown = " ".join(shown.split()).strip(". ") or NAMELESS
    suffix = PurePosixPath(shown).suffix
    if not suffix and (shown == NAMELESS or content_type.startswith("image/")):
        shown += mimetypes.guess_extension(content_type) or ""
    if len(shown) <= LENGTH:
        return shown
    kept = suffix if len(suffix) <= 12 else ""
    return shown[: LENGTH - len(kept) - 1] + "…" + kept
