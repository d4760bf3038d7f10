"""The folder of a demo: made new for each call, and told apart from the home of a real migration."""

import os
import shutil
from pathlib import Path

from migration_assets.orchestration.own_folder import own_folder
from migration_assets.settings import SettingsError

MARK = "demo.home"


def demo_home(default: str) -> Path:
    """MIGRATION_HOME, or the default folder of this demo."""
    return Path(os.environ.get("MIGRATION_HOME") or default).expanduser().resolve()


def fresh_home(home: Path, keep: bool = False) -> bool:
    """Empty the folder of an earlier demo; with `keep`, leave it as it is.

    Returns:
        Whether the folder is new, so that a dataset is needed.

    Raises:
        SettingsError: the folder holds something that no demo made; nothing was touched.
    """
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise SettingsError(
                f"MIGRATION_HOME is {home}, which holds something that no demo made. Unset MIGRATION_HOME, or name "
                "an empty folder. Nothing was touched."
            )
        if keep:
            own_folder(home)
            return False
        shutil.rmtree(home)
    own_folder(home)
    (home / MARK).write_text("Made by `migrate demo` or `migrate ui`; the next one may empty this folder.\n")
    return True
