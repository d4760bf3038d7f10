"""The confirmed map and the admin's exports, kept in the ledger and brought back into a home that lost them.

It belongs here: which files are kept, and writing them back. It does not: the ledger's rows, and confirming.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migration_assets.mapping.mapping_file import MappingError

if TYPE_CHECKING:
    from resources.ledger import Ledger

MAPPING, EXPORTS = "mapping.yaml", "admin_exports"
LARGEST = 20_000_000
"""Bytes of one export: a larger one is not kept, and told."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Restored:
    """Names of files in the home: written, and left because they were there with the same content."""

    written: tuple[str, ...]
    same: tuple[str, ...]

    def sentence(self) -> str:
        listed = f": {', '.join(self.written)}" if self.written else ""
        return (
            f"{len(self.written)} files written as they were confirmed{listed}; {len(self.same)} were there. The "
            "confirmation holds as long as the schema is the same: the job prepare, or `migrate run`, tells."
        )


def keep(home: Path, ledger: Ledger, version: str) -> None:
    """Keep mapping.yaml and the exports as they are now."""
    files: dict[str, bytes] = {}
    for path in _files(home):
        if path.stat().st_size > LARGEST:
            _log.warning(f"{path.name} is larger than {LARGEST} bytes and is not kept in the ledger.")
        else:
            files[path.relative_to(home).as_posix()] = path.read_bytes()
    ledger.sources.keep_confirmed(version, files)


def restore(home: Path, ledger: Ledger, replace: bool = False) -> Restored:
    """Write the kept files into the home.

    Args:
        replace: also over files with another content; what was there is kept beside as `NAME.before-restore`.

    Raises:
        MappingError: nothing is kept, or another file is in the way; nothing was written.
    """
    kept = ledger.sources.confirmed_files()
    if not kept:
        raise MappingError(
            "The ledger keeps no confirmed map of this account, so nothing can be restored. Write one (the job "
            "discover, or `migrate mapping propose`), and confirm it: in the UI the job confirm_mapping, or `migrate "
            "mapping confirm --by NAME`."
        )
    places = {name: home / name for name in kept}
    there = {name for name, path in places.items() if path.exists()}
    same = {name for name in there if places[name].read_bytes() == kept[name]}
    if (other := sorted(there - same)) and not replace:
        raise MappingError(
            f"In {home} lie other files than those that were confirmed: {', '.join(other)}. Move them away and start "
            "again, or let them be replaced (each is kept as NAME.before-restore): `migrate mapping restore "
            "--replace`, or in the UI the job restore_mapping with `replace: true`. Nothing was written."
        )
    for name in sorted(kept.keys() - same):
        _write(places[name], kept[name])
    return Restored(tuple(sorted(kept.keys() - same)), tuple(sorted(same)))


def _files(home: Path) -> Iterator[Path]:
    if (home / MAPPING).is_file():
        yield home / MAPPING
    for path in sorted((home / EXPORTS).rglob("*")) if (home / EXPORTS).is_dir() else ():
        if path.is_file() and not path.name.endswith(".before-restore"):
            yield path


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        path.replace(path.with_name(f"{path.name}.before-restore"))
    draft = path.with_name(f"{path.name}.tmp")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
