"""Hosts that can be cut off and killed: network namespaces on a bridge, and what runs in them in a pid namespace too.

It belongs here: the network, and starting and killing there. It does not: what runs on a host (the tests). Needs root
and Linux; says why where it cannot.
"""

import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

NETWORK = "10.231.77.0/24"
MIDDLE = "10.231.77.1"
"""Where everything is that is on no host: the database, the UI, both sides of each shop."""
_BRIDGE = "migrate-test"
_FORWARD = Path(__file__).with_name("forward.py")


class NoHosts(Exception):
    """This machine, or this user, can make none; says why."""


class Host:
    """One namespace. Loopback addresses of the middle are reached at the same loopback address from here."""

    def __init__(self, name: str, address: str):
        self.name, self.address = name, address
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> None:
        """A process that is the first one of a machine: with it all end that it started."""
        own = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--uts"]
        named = ["sh", "-c", f'hostname {self.name}; exec "$@"', "sh", *command]
        with log.open("ab") as output:
            words = ["ip", "netns", "exec", self.name, *own, *named]
            process = subprocess.Popen(words, cwd=folder, env=dict(environment), stdout=output, stderr=output)
        self._running.append(process)

    def cut_off(self) -> None:
        """Nothing comes or goes; nobody is told."""
        _ip("link", "set", f"{self.name}-out", "down")

    def back(self) -> None:
        _ip("link", "set", f"{self.name}-out", "up")

    def kill(self) -> None:
        """All that was started here, at once."""
        for process in self._running:
            process.kill()
            process.wait()
        self._running.clear()


@contextmanager
def network() -> Iterator[None]:
    """The bridge, with the address of the middle.

    Raises:
        NoHosts: there is no `ip`, or this user may make none.
    """
    _end()
    try:
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{MIDDLE}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        yield
    finally:
        _end()


@contextmanager
def hosts(names: Sequence[str], loopback: Collection[str]) -> Iterator[list[Host]]:
    """Hosts on the network.

    Args:
        loopback: addresses (http://127.0.0.1:PORT) of the middle that the hosts reach by the same name.

    Raises:
        NoHosts: this user may make no namespace.
    """
    ports = sorted({urlsplit(address).port or 80 for address in loopback})
    with ExitStack() as stack:
        made = [stack.enter_context(_host(name, f"{MIDDLE[:-1]}{place}")) for place, name in enumerate(names, start=2)]
        _forward(stack, [], [f"{MIDDLE}:{port}=127.0.0.1:{port}" for port in ports])
        for host in made:
            inside = [f"127.0.0.1:{port}={MIDDLE}:{port}" for port in ports]
            _forward(stack, ["ip", "netns", "exec", host.name], inside)
        yield made


@contextmanager
def _host(name: str, address: str) -> Iterator[Host]:
    host = Host(name, address)
    try:
        _ip("netns", "add", name)
        _ip("link", "add", f"{name}-out", "type", "veth", "peer", "name", f"{name}-in", "netns", name)
        _ip("link", "set", f"{name}-out", "master", _BRIDGE)
        _ip("link", "set", f"{name}-out", "up")
        for words in (f"addr add {address}/24 dev {name}-in", f"link set {name}-in up", "link set lo up"):
            _ip("-n", name, *words.split())
        yield host
    finally:
        host.kill()
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _forward(stack: ExitStack, where: list[str], pairs: list[str]) -> None:
    process = subprocess.Popen([*where, sys.executable, str(_FORWARD), *pairs])
    stack.callback(process.wait)
    stack.callback(process.kill)


def _end() -> None:
    subprocess.run(["ip", "link", "del", _BRIDGE], capture_output=True, check=False)


def _ip(*words: str) -> None:
    try:
        subprocess.run(["ip", *words], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise NoHosts("there is no `ip` here (iproute2)") from None
    except subprocess.CalledProcessError as error:
        raise NoHosts(f"`ip {' '.join(words)}`: {error.stderr.strip()}") from None
