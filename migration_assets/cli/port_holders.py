"""Who listens on a port of this machine, as far as this user may know.

It belongs here: reading what the kernel tells (Linux; elsewhere nobody is named). It does not: what is done about it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

_LISTENS = "0A"
_PROC = Path("/proc")


@dataclass(frozen=True)
class PortHolder:
    """A process that listens.

    Attributes:
        group: its process group.
        home: DAGSTER_HOME of its environment; empty where there is none.
    """

    process: int
    group: int
    program: str
    home: str

    def description(self) -> str:
        return f"process {self.process} ({self.program}{f', of DAGSTER_HOME {self.home}' if self.home else ''})"


def port_holders(port: int) -> list[PortHolder]:
    """The processes that listen on this port; [] where none is known."""
    sockets = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listening(_PROC / "net" / table, port)}
    return [
        found
        for entry in (_PROC.glob("[0-9]*") if sockets else ())
        if _holds(entry / "fd", sockets) and (found := _holder(entry)) is not None
    ]


def _listening(table: Path, port: int) -> list[str]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    return [row[9] for row in rows if row[3] == _LISTENS and int(row[1].rsplit(":", 1)[1], 16) == port]


def _holds(folder: Path, sockets: set[str]) -> bool:
    try:
        return any(os.readlink(one) in sockets for one in folder.iterdir())
    except OSError:
        return False


def _holder(entry: Path) -> PortHolder | None:
    try:
        number = int(entry.name)
        words = (entry / "cmdline").read_bytes().split(b"\0")
        variables = (entry / "environ").read_bytes().split(b"\0")
        group = os.getpgid(number)
    except OSError:
        return None
    # The first words only: an argument may hold what is nobody's business.
    program = " ".join(word.decode("utf-8", "replace") for word in words[:3] if word)
    home = next((one[13:].decode("utf-8", "replace") for one in variables if one.startswith(b"DAGSTER_HOME=")), "")
    return PortHolder(number, group, program, home)
