"""MIGRATION_HOME belongs to who runs the migration: nobody else reads it, and nothing in it leads elsewhere.

It holds every message and address of the helpdesk. So the folder is for its owner only, whatever the umask was when it
was made, and what the migration writes is written there and not where a symbolic link points.

It belongs here: looking and tightening before work begins. It does not: the umask of what is made later
(cli/commands.py), and which folder it is (settings.py).
"""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from migration_assets.settings import SettingsError

OWNER_ONLY = 0o700
MAY_BE_LINKS = ("admin_exports", "mapping.yaml")
"""What people put there and the migration only reads, or replaces as a whole."""
_FOLDERS = ("", "private", "private/conflicts", "handoff", "files", "files/incoming", "dagster")
_log = logging.getLogger(__name__)


def own_folder(home: Path) -> None:
    """Make the folder, or make sure that it is its owner's alone.

    Raises:
        SettingsError: it belongs to somebody else, it cannot be made, or a symbolic link lies in it; says what to do.
    """
    try:
        home.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
        _tighten(home)
    except OSError as error:
        raise SettingsError(f"MIGRATION_HOME {home} cannot be used: {error.strerror or error}") from error
    link = next(_links(home), None)
    if link is not None:
        raise SettingsError(
            f"{link} is a symbolic link: what the migration writes there would land elsewhere. Take the link away, and "
            "move what it points to into its place; or set MIGRATION_HOME to a folder on the disk that you mean. (Only "
            f"{' and '.join(MAY_BE_LINKS)} may be links.) Nothing was changed."
        )


def _tighten(home: Path) -> None:
    found = home.stat()
    if found.st_uid != os.geteuid() != 0:
        raise SettingsError(
            f"MIGRATION_HOME {home} belongs to another user of this machine, who could read and change everything in "
            "it. Make it yours (`sudo chown -R USER FOLDER`), start the migration as that user, or set MIGRATION_HOME "
            "to a folder of your own. Nothing was changed."
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & ~OWNER_ONLY:
        home.chmod(OWNER_ONLY)
        if next(home.iterdir(), None) is not None:
            _log.warning("%s was open to other users of this machine (%o); it is its owner's alone now.", home, mode)


def _links(home: Path) -> Iterator[Path]:
    for name in _FOLDERS:
        folder = home / name
        if folder.is_dir():
            yield from (one for one in sorted(folder.iterdir()) if one.is_symlink() and not _may_be_link(home, one))


def _may_be_link(home: Path, path: Path) -> bool:
    # ".#name" is how an editor says that somebody is changing that file.
    return path.parent == home and (path.name in MAY_BE_LINKS or path.name.startswith(".#"))
