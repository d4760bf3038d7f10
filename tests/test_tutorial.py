"""docs/tutorial.md, run as it stands: every block in one terminal; the reader's eyes are the line of the servers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mini_migration import SETTING_PREFIXES
from page_commands import SERVER, Terminal, blocks

PAGE = "docs/tutorial.md"
PORTS = ("8461", "8462")


@contextmanager
def served(folder: Path, command: str, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The second terminal, on free ports; what the reader takes from the line that it prints."""
    for port in PORTS:
        command = command.replace(port, "0")
    words = [sys.executable, *command.split()[1:]]
    server = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.acceptance
@pytest.mark.timeout(3600)
def test_every_command_of_the_tutorial_does_what_the_page_says(tmp_path: Path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIXES)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    terminal = Terminal(tmp_path, environment)
    first, server, *others = blocks(PAGE)
    terminal.type(first)
    assert (first.mark, server.mark) == ("", SERVER)
    with served(terminal.folder, server.text.strip(), environment) as line:
        terminal.environment |= {"SITE_USER": line["ivinex_auth"][0], "SITE_SECRET": line["ivinex_auth"][1]}
        terminal.environment |= {"ACCOUNT_USER": line["gorgias_auth"][0], "ACCOUNT_SECRET": line["gorgias_auth"][1]}
        terminal.replaced = {
            port: line[side].rpartition(":")[2] for port, side in zip(PORTS, ("ivinex", "gorgias"), strict=True)
        }
        for block in others:
            terminal.type(block)
    assert (tmp_path / "trial" / "home" / "private" / "sample.html").is_file()
    assert "nothing differs from what was written" in " ".join(terminal.said)
    assert re.search(r"Rolled back: .*40 deleted tickets", " ".join(" ".join(terminal.said).split()))
