"""What the processes of one shop take in a UI of many: its code server, and the runs that this starts.

It belongs here: reading /proc. It does not: which process is whose (shops.py).
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def code_servers(above: int) -> dict[str, int]:
    """Shop -> process of its code server, below the process of `migrate ui`."""
    found: dict[str, int] = {}
    for process in _below(above, _children()):
        words = _words(process)
        if "migration_assets.shops" in words and "grpc" in words:
            found[words[words.index("--attribute") + 1 if "--attribute" in words else words.index("-a") + 1]] = process
    return found


class ShopProcesses:
    """Looks four times a second, on a thread, until `end`.

    Attributes:
        peak: shop -> most memory (MiB) of its processes together; a page that two share counts by half in each.
    """

    def __init__(self, servers: dict[str, int]):
        self._servers = servers
        self.peak = dict.fromkeys(servers, 0)
        self._begun = self._seconds()
        self._most: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> dict[str, float]:
        """Shop -> seconds of CPU since the beginning, with those of runs that have ended."""
        self._over.set()
        self._thread.join()
        return {name: round(self._most[name] - self._begun[name], 1) for name in self._servers}

    def _look(self) -> None:
        while True:
            children = _children()
            for name, server in self._servers.items():
                memory = sum(_memory(one) for one in [server, *_below(server, children)])
                self.peak[name] = max(self.peak[name], round(memory))
            # A run that has ended and is not waited for yet is in nobody's sum for a moment.
            self._most = {name: max(now, self._most.get(name, 0.0)) for name, now in self._seconds().items()}
            if self._over.wait(0.25):
                return

    def _seconds(self) -> dict[str, float]:
        children = _children()
        return {
            name: sum(_seconds(one) for one in [server, *_below(server, children)])
            for name, server in self._servers.items()
        }


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields:
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found


def _below(process: int, children: dict[int, list[int]]) -> list[int]:
    own = children.get(process, [])
    return [*own, *(deeper for one in own for deeper in _below(one, children))]


def _stat(process: int) -> list[str]:
    """What follows the name: state, parent, ..."""
    try:
        return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _seconds(process: int) -> float:
    """Of itself and of children that it has waited for."""
    fields = _stat(process)
    return sum(map(int, fields[11:15])) / TICK if fields else 0.0


def _memory(process: int) -> float:
    try:
        lines = (PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _words(process: int) -> list[str]:
    try:
        return (PROC / str(process) / "cmdline").read_text().split("\0")
    except OSError:
        return []
