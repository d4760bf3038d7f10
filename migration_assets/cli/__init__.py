"""The command `migrate`. Each command is in a module of its own; what they share is in commands.py and session.py."""

import os

import click

from migration_assets.cli.commands import Commands


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    modules={
        "demo": "demo",
        "discover": "run",
        "mapping": "mapping",
        "preflight": "preflight",
        "forecast": "forecast",
        "sample": "sample",
        "run": "run",
        "delta": "delta",
        "verify": "verify",
        "status": "status",
        "gates": "gates",
        "quarantine": "quarantine",
        "conflicts": "conflicts",
        "adopt": "adopt",
        "rollback": "rollback",
        "export-since": "export_since",
        "signoff": "signoff",
        "unlock": "status",
        "purge": "purge",
        "ui": "ui",
        "list": "list_migrations",
        "doctor": "doctor",
        "backup": "backup",
        "restore": "backup",
    },
)
@click.option("--migration", metavar="NAME", help="Of several: the one of migrations/NAME.yaml, before the command.")
def main(migration: str | None) -> None:
    """Migrate a helpdesk from Ivinex to Gorgias and prove that everything arrived.

    Exit codes: 0 balanced; 1 failed; 2 usage or settings; 3 not balanced, in doubt or in conflict; 4 a gate is
    closed (named).
    """
    if migration:
        # Also for each process that the command starts.
        os.environ["MIGRATION"] = migration
