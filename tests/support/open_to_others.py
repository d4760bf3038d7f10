"""Which files of a folder somebody else on the machine could read or change."""

from pathlib import Path


def open_to_others(folder: Path) -> list[str]:
    """Files and folders, the folder itself among them, with any right for the group or for others."""
    found = [folder, *folder.rglob("*")]
    return [f"{path} {path.lstat().st_mode:o}" for path in found if path.lstat().st_mode & 0o077]
