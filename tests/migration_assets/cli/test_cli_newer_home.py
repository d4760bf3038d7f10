"""A home that a newer release has worked with is refused by every command of this one, and nothing in it changes."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import Result
from command_tree import leaves
from connected_settings import connected_to_nobody

from migration_assets.cli import main
from migration_assets.settings_source import load_settings
from resources.ledger import Ledger
from resources.warehouse import Warehouse

BY = ("--by", "Ann")
WHY = (*BY, "--reason", "why")
COMMANDS = {
    "adopt": WHY,
    "backup": ("PLACE",),
    "conflicts list": (),
    "conflicts resolve": ("1", "--take", "ours", *BY),
    "delta": (),
    "discover": (),
    "export-since": (),
    "forecast": (),
    "gates list": (),
    "gates override": ("staging/tickets:schema", "2026-01-01", *WHY),
    "mapping confirm": BY,
    "mapping diff": (),
    "mapping propose": (),
    "mapping restore": (),
    "mapping show": (),
    "preflight decide": ("surveys", "accept", *WHY),
    "preflight restore": (),
    "preflight show": (),
    "purge": WHY,
    "quarantine list": (),
    "quarantine show": ("1",),
    "quarantine replay": BY,
    "restore": ("PLACE",),
    "rollback": (),
    "run": (),
    "sample approve": BY,
    "signoff": BY,
    "status": (),
    "ui": (),
    "unlock": (),
    "verify": (),
}
"""Command -> the arguments that it cannot do without."""
ELSEWHERE = {"demo", "list", "doctor"}
"""Those that do not open this home: a home of their own, or a look that tells it in its table (test_doctor.py)."""


def words_of(command: click.Command, above: str = "") -> list[str]:
    if not isinstance(command, click.Group):
        return [above]
    context = click.Context(command)
    return [
        words
        for name in command.list_commands(context)
        if (one := command.get_command(context, name)) is not None
        for words in words_of(one, f"{above} {name}".strip())
    ]


@pytest.fixture
def newer(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A home whose ledger or warehouse has version 99."""
    addresses = {f"{name}_BASE_URL": f"https://shop.{name.lower()}.com" for name in ("IVINEX", "GORGIAS")}
    for name, value in connected_to_nobody(MIGRATION_TARGET="staging", **addresses).items():
        monkeypatch.setenv(name, value)
    home.mkdir(mode=0o700)
    settings = load_settings()

    def make(part: str) -> Path:
        Ledger.open(settings.ledger_address, settings.account).close()
        with Warehouse(home / "warehouse.duckdb").transaction() as tx:
            tx.execute("SELECT 1")
        if part == "ledger":
            # Closed, so that what follows finds the file as it stays.
            with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as connection:
                connection.execute("UPDATE schema_version SET version = 99")
        else:
            with duckdb.connect(str(home / "warehouse.duckdb")) as store:
                name = store.sql("SELECT schema_name FROM duckdb_tables() WHERE table_name = 'schema_version'")
                store.execute(f"UPDATE {name.fetchall()[0][0]}.schema_version SET version = 99")
        return home

    return make


def content(home: Path) -> dict[str, str]:
    kept = ("ledger.sqlite", "warehouse.duckdb")
    return {name: hashlib.sha256((home / name).read_bytes()).hexdigest() for name in kept}


def test_every_command_is_tried():
    assert {*COMMANDS} | ELSEWHERE == {*words_of(main)}
    assert len(leaves(main)) > 20


@pytest.mark.parametrize("part", ["ledger", "warehouse"])
def test_every_command_refuses_it_with_both_numbers(
    newer: Callable[[str], Path], migrate: Callable[..., Result], part: str
):
    home = newer(part)
    before, wrong = content(home), {}
    for words, arguments in COMMANDS.items():
        found = migrate(*words.split(), *arguments)
        told = " ".join(found.output.split())
        newer_words = (f"{part} " in told, "has schema version 99, and this program knows" in told)
        if (found.exit_code, *newer_words, "Nothing was changed" in told) != (2, True, True, True):
            wrong[words] = told
    assert wrong == {}
    assert content(home) == before
