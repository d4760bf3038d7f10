"""The command `migrate`. Each command is in a module of its own; what they share is in commands.py and session.py."""

import click

from migration_assets.cli.adopt import adopt
from migration_assets.cli.commands import Commands
from migration_assets.cli.conflicts import conflicts
from migration_assets.cli.delta import delta
from migration_assets.cli.demo import demo
from migration_assets.cli.export_since import export_since
from migration_assets.cli.gates import gates
from migration_assets.cli.mapping import mapping
from migration_assets.cli.preflight import preflight
from migration_assets.cli.purge import purge
from migration_assets.cli.quarantine import quarantine
from migration_assets.cli.rollback import rollback
from migration_assets.cli.run import discover, run
from migration_assets.cli.signoff import signoff
from migration_assets.cli.status import status, unlock
from migration_assets.cli.ui import ui
from migration_assets.cli.verify import verify


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Migrate a helpdesk from Ivinex to Gorgias and prove that everything arrived.

    Exit codes: 0 balanced; 1 failed; 2 usage or settings; 3 not balanced, in doubt or in conflict; 4 a gate is
    closed (named).
    """


for command in (
    demo,
    discover,
    mapping,
    preflight,
    run,
    delta,
    verify,
    status,
    gates,
    quarantine,
    conflicts,
    adopt,
    rollback,
    export_since,
    signoff,
    unlock,
    purge,
    ui,
):
    main.add_command(command)
