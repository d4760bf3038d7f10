"""The commands of a page of docs/, as a reader types them: its shell blocks in order, each as its mark says.

A block is marked after its language: `sh` is run, `sh exit 4` ends with that code, `sh server` is the second terminal,
and `sh not run: WHY` is not run. A command of another code than its block says so in its comment, as `(exit code 4)`.
It belongs here: reading blocks and running them. It does not: which pages, and what is prepared for them (the tests).
"""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner
from mini_migration import clean_environment

from migration_assets.cli import main

ROOT = Path(__file__).resolve().parents[2]
NOT_RUN, SERVER, EXIT = "not run:", "server", "exit "
_BLOCK = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+#\s.*$")
_CODE = re.compile(r"\(exit code (\d)")
_SHELL = re.compile(r"(migrate|python3?|make|source|export|cd|mkdir|docker|openssl|pip|ssh|grep) ")


@dataclass(frozen=True)
class Block:
    """A fenced block of shell commands.

    Attributes:
        mark: what stands after the language.
    """

    page: str
    mark: str
    text: str

    @property
    def code(self) -> int:
        return int(self.mark.removeprefix(EXIT)) if self.mark.startswith(EXIT) else 0

    @property
    def commands(self) -> list[tuple[str, int]]:
        """Each line with the exit code that it is to have; a block with a here-document is one command."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        if "<<" in self.text:
            return [(self.text, self.code)]
        told = ((line, _CODE.search(line)) for line in lines)
        return [(_COMMENT.sub("", line), int(found[1]) if found else self.code) for line, found in told]


def blocks(page: str) -> list[Block]:
    """The shell blocks of a page, in order."""
    found = _BLOCK.findall((ROOT / page).read_text("utf-8"))
    return [Block(page, words[2:].strip(), text) for words, text in found if words.split()[:1] == ["sh"]]


def unmarked(page: str) -> list[str]:
    """First lines of blocks that look like commands and are not marked as a shell's."""
    found = _BLOCK.findall((ROOT / page).read_text("utf-8"))
    return [text.strip().splitlines()[0] for words, text in found if not words.strip() and _SHELL.match(text.lstrip())]


@dataclass
class Terminal:
    """A shell in which one types after the other; `migrate` itself runs in this process, which spares its start.

    Attributes:
        replaced: what the page writes -> what it is here, in this order.
        said: everything that was printed.
    """

    folder: Path
    environment: dict[str, str]
    replaced: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def type(self, block: Block) -> None:
        """Every command of the block; one with another exit code than the page says is a mistake of the page."""
        for command, code in block.commands:
            for written, here in self.replaced.items():
                command = command.replace(written, here)
            found, output = self._migrate(command) if command.startswith("migrate ") else self._shell(command)
            self.said.append(f"$ {command}\n{output}")
            assert found == code, f"{block.page}: `{command}` ended with {found}, not {code}:\n{output[-3000:]}"

    def _migrate(self, command: str) -> tuple[int, str]:
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            with clean_environment(**self.environment):
                result = CliRunner().invoke(main, shlex.split(os.path.expandvars(command))[1:])
        finally:
            os.chdir(before)
        return result.exit_code, result.output

    def _shell(self, command: str) -> tuple[int, str]:
        """In bash, which tells afterwards where it is and what is exported."""
        if command.startswith("source "):
            return 0, ""
        told = self.folder / ".typed"
        script = f"trap '{{ pwd; env -0; }} > \"{told}\"' EXIT\nset -eo pipefail\n{command}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if told.is_file():
            place, _, variables = told.read_text("utf-8").partition("\n")
            told.unlink()
            self.folder = Path(place)
            self.environment = dict(one.split("=", 1) for one in variables.split("\0") if "=" in one)
        return done.returncode, done.stdout + done.stderr
