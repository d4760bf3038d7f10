"""docs/tutorial.md, run as it stands: every block in one shell, with the line of the servers as the reader's eyes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```sh([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORTS = ("8461", "8462")


def blocks() -> list[tuple[str, str]]:
    """(what is said of the block, its commands)."""
    return [(words.strip(), text) for words, text in BLOCK.findall(PAGE.read_text("utf-8"))]


@contextmanager
def served(folder: Path, command: str, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The second terminal, on free ports; what the reader takes from the line that it prints."""
    for port in PORTS:
        command = command.replace(port, "0")
    server = subprocess.Popen(command, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        line = json.loads(server.stdout.readline())
        yield {
            "IVINEX_USER": line["ivinex_auth"][0],
            "IVINEX_SECRET": line["ivinex_auth"][1],
            "GORGIAS_USER": line["gorgias_auth"][0],
            "GORGIAS_SECRET": line["gorgias_auth"][1],
            "8461": line["ivinex"].rpartition(":")[2],
            "8462": line["gorgias"].rpartition(":")[2],
        }
    finally:
        subprocess.run(["pkill", "-P", str(server.pid)], check=False)
        server.terminate()
        server.wait(20)


@pytest.mark.acceptance
@pytest.mark.timeout(1800)
def test_every_command_of_the_tutorial_does_what_the_page_says(tmp_path):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("IVINEX", "GORGIAS", "MIGRATION"))
    }
    clean["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}"
    told = blocks()
    first, server = told[0][1], next(text for words, text in told if words == "server").strip()
    first = "\n".join(line for line in first.splitlines() if not line.startswith("source "))
    subprocess.run(["bash", "-ec", first], cwd=tmp_path, env=clean, check=True)
    folder = tmp_path / "trial"
    with served(folder, f"exec {server}", clean) as seen:
        script = ["set -e"]
        for words, text in told[1:]:
            if words == "server":
                continue
            for port in PORTS:
                text = text.replace(port, seen[port])
            expected = words.removeprefix("exit ") if words.startswith("exit") else "0"
            for command in filter(None, text.splitlines()):
                script.append(f"echo '+ {command.split()[0]} {command.split()[1] if ' ' in command else ''}' >&2")
                script.append(
                    f"{command}" if expected == "0" else f"code=0; {command} || code=$?; [ $code = {expected} ]"
                )
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)], cwd=folder, env=clean | seen, capture_output=True, text=True, check=False
        )
    (tmp_path / "out.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert (folder / "home" / "private" / "sample.html").is_file()
    assert "OK" in done.stdout
