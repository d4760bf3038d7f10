"""`migrate verify`: everything read back from Gorgias and compared; or an evidence pack re-checked offline."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.result_tables import show_verified
from migration_assets.cli.session import account_of, migration_session_of_command
from migration_assets.documents import FOLDER, MANIFEST
from migration_assets.handoff.evidence.pack_check import NoPublicKey, PackCheck, PackVerdict, check_pack
from migration_assets.handoff.manual_tasks.completion_checks import CompletionCheck, check_manual_tasks
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.verification_summary import Verified
from migration_assets.settings_source import load_settings

SHOWN = 20
_FIRST = """
    SELECT partition, object, source_id, gorgias_id, field, kind, detail FROM reconciliation.differences
    ORDER BY ALL LIMIT ?
"""


@click.command()
@common
@click.option(
    *("--manifest", "manifest"),
    metavar="DIR",
    is_flag=False,
    flag_value="",
    help="Re-check this evidence pack and nothing else: offline, without a migration. Without DIR: handoff/ of this "
    "migration, after all the rest.",
)
@click.option(
    *("--key", "key_file"),
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The signer's public key, where you know it; without it, the one beside the pack.",
)
def verify(out: Output, manifest: str | None, key_file: Path | None) -> None:
    """Read everything back from Gorgias and compare it with what was staged. Writes nothing to Gorgias.

    Exit code 3 where anything differs, by whomever it was changed; `migrate gates list` tells which days that closes.
    With --manifest DIR: exit code 0 for OK, 3 for FAILED and NOT PROVED; docs/evidence.md.
    """
    if key_file is not None and not manifest:
        raise click.UsageError("--key FILE belongs to --manifest DIR.")
    if manifest:
        pack = _pack(Path(manifest), key_file)
        code = Exit.BALANCED if pack.verdict is PackVerdict.OK else Exit.NOT_BALANCED
        out.finish(pack.as_data(), "\n".join(pack.sentences()), code)
    ended = "Ended while reading Gorgias back. Nothing was changed: `migrate verify` starts anew."
    with migration_session_of_command(out, "verify", ended) as migration:
        files = _files(migration) if manifest is not None else None
        actions = _actions(migration)
        migration.verify()
        verified, first = Verified.of(migration), migration.warehouse.rows(_FIRST, [SHOWN])

    def show(console: Console) -> None:
        show_verified(console, verified)
        if first:
            title = f"The first {len(first)} of {verified.blamed + verified.since} differences"
            console.print(table(title, tuple(first[0]), [tuple(row.values()) for row in first]))
        if actions:
            lines = [(one.id, one.title, one.state, one.detail) for one in actions]
            console.print(table("What the admin does by hand", ("action", "what", "state", "found"), lines))
        for name, problem in (files or {}).items():
            console.print(f"{FOLDER}/{name} is {problem}: it is not what {MANIFEST} says", markup=False)

    data: dict[str, Any] = verified.as_data() | {"first": first, "actions": [vars(one) for one in actions]}
    differs = not verified.as_written or verified.since or files
    out.finish(
        data | ({} if manifest is None else {"files": files}), show, Exit.NOT_BALANCED if differs else Exit.BALANCED
    )


def _actions(migration: Migration) -> list[CompletionCheck]:
    """The state of each action of handoff/user_actions.json; it does not decide the exit code."""
    path = migration.home / FOLDER / "user_actions.json"
    if not path.is_file():
        return []
    with account_of(load_settings()) as account:
        return check_manual_tasks(account.reader, json.loads(path.read_text("utf-8"))["actions"])


def _files(migration: Migration) -> dict[str, str]:
    """What is not as it was written or closed; a pack that is open was closed by nobody, and says nothing else."""
    folder = migration.home / FOLDER
    return check_pack(folder).files if (folder / MANIFEST).is_file() else {MANIFEST: "missing"}


def _pack(folder: Path, key_file: Path | None) -> PackCheck:
    try:
        return check_pack(folder, key_file)
    except NotADirectoryError:
        raise click.BadParameter(f"{folder} is no folder.", param_hint="--manifest") from None
    except NoPublicKey:
        raise click.BadParameter(f"{key_file} holds no Ed25519 public key as PEM.", param_hint="--key") from None
