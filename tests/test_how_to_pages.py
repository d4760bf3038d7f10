"""The how-to pages, worked in order on one migration of a small served site: every command that a page has one type.

It belongs here: the order of the pages, and what each wants to be there before. It does not: the tutorial
(test_tutorial.py), and whether a command that is named in a sentence could be typed (test_references.py).
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from connected_settings import connected_to
from mini_migration import ALLOWANCE, SETTING_PREFIXES, dataset_of
from page_commands import NOT_RUN, ROOT, Block, Terminal, blocks, unmarked

from sandbox.serve import Running, running

PAGES = (
    "docs/mapping.md",
    "docs/preflight.md",
    "docs/before-the-load.md",
    "README.md",
    "docs/verification.md",
    "docs/staging-to-production.md",
    "docs/cutover.md",
    "docs/quarantine.md",
    "docs/export-since.md",
    "docs/evidence.md",
    "docs/many-shops.md",
    "docs/move.md",
    "docs/rollback.md",
    "docs/security.md",
)
"""In the order of a migration: each finds the home as the pages before it left it."""
IN_A_SENTENCE = {
    "adopt": "tests/whole/test_lost_home.py",
    "delta --json": "tests/migration_assets/cli/test_cli_delta.py",
    "demo": "tests/migration_assets/cli/test_cli_demo.py",
    "discover --capture": "tests/migration_assets/ivinex/schema/test_capture.py",
    "gates override": "tests/migration_assets/cli/test_cli_commands.py",
    "quarantine show": "tests/whole/test_quarantine_replayed.py",
    "mapping propose": "tests/whole/test_nothing_outside_private.py",
    "mapping restore": "tests/migration_assets/mapping/test_restore.py",
    "run --all-days": "tests/whole/test_unchanged_days.py",
    "ui": "tests/migration_assets/cli/test_cli_ui.py",
    "unlock": "tests/migration_assets/cli/test_cli_commands.py",
}
"""Commands that no page has typed: they want something broken, or do not end by themselves. Who runs them instead."""
_INLINE = re.compile(r"`migrate\s+([^`]*)`")
_RULE = {
    "name": "Auto-reply",
    "code": "",
    "event_types": "ticket-created",
    "priority": 100,
    "deactivated_datetime": None,
    "effects": [{"do": "mail"}],
}


@dataclass
class Shop:
    """What the pages are worked on."""

    folder: Path
    sandbox: Running
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def terminal(self) -> Terminal:
        """As it is opened for a page: in the folder, with the settings."""
        auth = f"IVINEX_USERNAME={self.sandbox.ivinex_auth[0]} IVINEX_PASSWORD={self.sandbox.ivinex_auth[1]}"
        key = f"GORGIAS_EMAIL={self.sandbox.gorgias_auth[0]} GORGIAS_API_KEY={self.sandbox.gorgias_auth[1]}"
        replaced = {
            "/srv/migrations/shop": str(self.home),
            "/srv/migrations/moved": str(self.folder / "moved"),
            "https://shop.ivinex.com IVINEX_USERNAME=... IVINEX_PASSWORD=...": f"{self.sandbox.ivinex_url} {auth}",
            "https://shop.gorgias.com GORGIAS_EMAIL=... GORGIAS_API_KEY=...": f"{self.sandbox.gorgias_url} {key}",
            "SHOP1_IVINEX_PASSWORD=...": f"SHOP1_IVINEX_PASSWORD={self.sandbox.ivinex_auth[1]}",
            "SHOP1_GORGIAS_API_KEY=...": f"SHOP1_GORGIAS_API_KEY={self.sandbox.gorgias_auth[1]}",
            "PLACE": str(self.folder / "backup"),
            "FILE": str(self.folder / "pack" / "evidence.pub.pem"),
            "DIR": str(self.folder / "pack"),
        }
        return Terminal(self.folder, dict(self.environment), replaced)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A site, and an account in which only surveys and one rule want a decision; read, and nothing confirmed yet."""
    folder = tmp_path_factory.mktemp("how_to")
    dataset = dataset_of(folder / "dataset")
    account = json.loads((dataset / "gorgias.json").read_text("utf-8"))
    account["settings"] = [one for one in account["settings"] if one["type"] == "satisfaction-surveys"]
    account["custom_fields"] = [one for one in account["custom_fields"] if not one["managed_type"].startswith("ai_")]
    account["rules"] = [_RULE]
    (dataset / "gorgias.json").write_text(json.dumps(account), "utf-8")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIXES)}
    with running(dataset, rate=f"{ALLOWANCE}/20", ivinex_rate=None) as sandbox:
        settings = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{clean['PATH']}",
            "MIGRATION_TARGET": "staging",
            "MIGRATION_HOME": str(folder / "home"),
            **connected_to(sandbox),
        }
        made = Shop(folder, sandbox, clean | settings)
        made.home.mkdir(mode=0o700)
        shutil.copytree(dataset / "admin_exports", made.home / "admin_exports")
        made.terminal().type(Block("the test itself", "", "migrate discover"))
        yield made


@pytest.mark.acceptance
@pytest.mark.timeout(7200)
def test_every_block_of_every_how_to_page_does_what_the_page_says(shop: Shop):
    prepared: dict[str, Callable[[Shop, Terminal], None]] = {
        "README.md": _silent_in_deltas_as_well,
        "docs/cutover.md": _worked_on_in_both,
        "docs/evidence.md": _a_copy_of_the_pack,
        "docs/many-shops.md": _the_file_of_the_page,
    }
    for page in PAGES:
        terminal = shop.terminal()
        prepared.get(page, lambda *_: None)(shop, terminal)
        for block in blocks(page):
            if not block.mark.startswith(NOT_RUN):
                terminal.type(block)
    assert not (shop.home / "private").exists(), "the last page erases"


def _silent_in_deltas_as_well(shop: Shop, terminal: Terminal) -> None:
    decide = 'migrate preflight decide surveys off --by "Ann Lee" --reason "nobody answers them" --deltas'
    terminal.type(Block("the test itself", "", decide))


def _worked_on_in_both(shop: Shop, terminal: Terminal) -> None:
    """Two tickets whose subject an agent changed in Gorgias, and somebody else in Ivinex: two conflicts of a delta."""
    with (
        httpx.Client(base_url=shop.sandbox.gorgias_url, auth=shop.sandbox.gorgias_auth) as gorgias,
        httpx.Client(base_url=shop.sandbox.ivinex_url) as ivinex,
    ):
        rows = gorgias.get("/api/tickets", params={"limit": 100}).json()["data"]
        for ticket in [row for row in rows if str(row["external_id"]).startswith("ivinex:10101:")][:2]:
            gorgias.put(f"/api/tickets/{ticket['id']}", json={"subject": "Seen by an agent"}).raise_for_status()
            number = ticket["external_id"].rpartition(":")[2]
            body = {"tab": "Tickets", "collection_id": number, "fields": {"subject": "Seen in Ivinex"}}
            ivinex.post("/_sandbox/records", json=body).raise_for_status()
    terminal.type(Block("the test itself", "exit 3", "migrate delta"))
    first, other = sorted(path.stem for path in (shop.home / "private" / "conflicts").glob("*.json"))
    terminal.replaced |= {"FIRST_ID": first, "OTHER_ID": other}


def _a_copy_of_the_pack(shop: Shop, _: Terminal) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, and docs/evidence.md checks a pack with it")
    shutil.copytree(shop.home / "handoff", shop.folder / "pack")


def _the_file_of_the_page(shop: Shop, _: Terminal) -> None:
    """The file that the page shows, with the addresses of this site."""
    page = (ROOT / "docs" / "many-shops.md").read_text("utf-8")
    found = re.search(r"```yaml\n(target: .*?)```", page, re.DOTALL)
    assert found is not None
    told: dict[str, Any] = yaml.safe_load(found[1])
    told |= {"home": "shop1", "ivinex_base_url": shop.sandbox.ivinex_url, "gorgias_base_url": shop.sandbox.gorgias_url}
    told |= {"ivinex_username": shop.sandbox.ivinex_auth[0], "gorgias_email": shop.sandbox.gorgias_auth[0]}
    (shop.folder / "migrations").mkdir()
    (shop.folder / "migrations" / "shop1.yaml").write_text(yaml.safe_dump(told), "utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_commands_is_marked_and_one_that_is_not_run_says_why(page: str):
    assert unmarked(page) == []
    for block in blocks(page):
        assert block.mark == "" or block.mark.startswith("exit ") or len(block.mark) > len(NOT_RUN) + 10, block


def test_every_command_of_a_how_to_page_is_typed_by_one_of_them_or_run_by_a_test_that_is_named():
    typed = {_words(line) for page in PAGES for block in blocks(page) if _is_run(block) for line, _ in block.commands}
    named = {_words(f"migrate {words}") for page in PAGES for words in _INLINE.findall(_text(page))}
    assert len(typed) > 20
    elsewhere = {tuple(words.split()) for words in IN_A_SENTENCE}
    named -= {words for words in named for one in elsewhere if words[: len(one)] == one}
    left = {words for words in named if not any(_holds(one, words) for one in typed)}
    assert left == set()
    assert [path for path in IN_A_SENTENCE.values() if not (ROOT / path).is_file()] == []


def _is_run(block: Block) -> bool:
    return not block.mark.startswith(NOT_RUN)


def _text(page: str) -> str:
    return " ".join((ROOT / page).read_text("utf-8").split())


def _words(command: str) -> tuple[str, ...]:
    """Its name and its options, without what is given to them: `delta --final --by Ann` -> delta --final --by."""
    words = re.sub(r'"[^"]*"', "TEXT", command).split()[1:]
    words = words[2:] if words[:1] == ["--migration"] else words
    plain = re.compile(r"--[a-z-]+|[a-z-]+")
    return tuple(word for place, word in enumerate(words) if plain.fullmatch(word) and (place < 2 or word[0] == "-"))


def _holds(typed: tuple[str, ...], named: tuple[str, ...]) -> bool:
    """`delta --final --by` is typed where a sentence names `delta` or `delta --final`."""
    names = [word for word in named if word[0] != "-"]
    return [word for word in typed if word[0] != "-"][: len(names)] == names and set(named) <= set(typed)
