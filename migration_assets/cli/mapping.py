"""`migrate mapping propose|show|diff|confirm`: the map from Ivinex fields to Gorgias, and a person's word on it."""

import logging

import click
from rich.console import Console

from migration_assets.cli.commands import common
from migration_assets.cli.output import Output, table
from migration_assets.cli.session import Stores, open_stores
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE, confirmed_content, live_fields
from migration_assets.mapping.confirm import confirm as confirm_map
from migration_assets.mapping.confirm import diff as diff_of_map
from migration_assets.mapping.confirm import propose as propose_map
from migration_assets.mapping.confirm import render_diff as rows_of
from migration_assets.mapping.decision_changes import decision_changes
from migration_assets.mapping.discovery_notes import discovery_notes
from migration_assets.mapping.mail_header_dates import Proof
from migration_assets.mapping.model import TO_DECIDE
from migration_assets.mapping.proposers.selected import other_proposers
from migration_assets.mapping.restore import restore
from migration_assets.mapping.restricted_fields import Restrictions, restrictions_of, undecided_restrictions
from migration_assets.mapping.time_zone_proof import keep_proof, zone_proof
from migration_assets.settings import SettingsError
from resources.warehouse import WarehouseLocked

_COLUMNS = ("role", "label", "kind", "target", "was", "transform", "confidence", "reason")

_VALUE_COLUMNS = ("role", "label", "option", "value", "confidence", "reason")


@click.group()
def mapping() -> None:
    """Propose, read and confirm the map (mapping.yaml in MIGRATION_HOME)."""


@mapping.command()
@common
def propose(out: Output) -> None:
    """Write a proposal from what `migrate discover` read; a mapping.yaml that is there is left alone."""
    with open_stores() as stores:
        settings = stores.settings
        if settings.ivinex_timezone is None:
            raise SettingsError("IVINEX_TIMEZONE is missing: the zone of Ivinex's times, e.g. America/Denver")
        proof = zone_proof(stores.warehouse, settings.ivinex_timezone, settings.ivinex_known_time)
        keep_proof(stores.warehouse, proof)
        written = propose_map(
            settings.home,
            stores.warehouse,
            settings.ivinex_timezone,
            max_fields=settings.gorgias_max_active_fields,
            others=other_proposers(settings, stores.warehouse, logging.getLogger("migration").warning),
            questions=[proof.sentence] if proof.proof is Proof.disproved else [],
        )
        restricted = undecided_restrictions(written.mapping, restrictions_of(live_fields(stores.warehouse)))
        undecided = len([*written.mapping.undecided(), *restricted])
    fields = len(rows_of(written.mapping))
    told = f"{fields} fields proposed in {written.path}"
    if undecided:
        told += f"; {undecided} points are to be decided there: `migrate mapping show` lists them first"
    said = {"path": str(written.path), "version": written.mapping.mapping_version}
    out.finish(said | {"fields": fields, "to_decide": undecided}, told)


def _of_discovery(stores: Stores) -> tuple[Restrictions, list[str]]:
    """Restricted fields and notes; a look that works beside another command goes without them."""
    try:
        if not stores.warehouse.exists("ivinex.fields"):
            return {}, []
        restrictions = restrictions_of(live_fields(stores.warehouse))
        return restrictions, discovery_notes(stores.settings.home, stores.warehouse)
    except WarehouseLocked:
        return {}, ["What the discovery proved is not shown while another command or job works with the warehouse."]


@mapping.command()
@common
def show(out: Output) -> None:
    """The map as a table: each source field, its target, and why; then what its options become; undecided ones first.

    `was` is the target of the map that was confirmed last, where that is another one.
    """
    with open_stores() as stores:
        present = mapping_file.load(stores.settings.home / FILE)
        confirmation = stores.ledger.decisions.confirmed_mapping()
        kept = confirmed_content(stores.ledger)
        restrictions, notes = _of_discovery(stores)
    rows = rows_of(present, kept, restrictions)
    questions = [
        *present.to_decide,
        *(f"{row['role']}: {row['label'] or row['source']}: {point}" for row in rows for point in row["to_decide"]),
    ]
    confirmed = confirmation is not None and confirmation.version == present.mapping_version
    by = f"confirmed by {confirmation.by}" if confirmation and confirmed else "not confirmed"

    named = [{"role": row["role"], "label": row["label"] or row["source"]} for row in rows]
    values = [name | value for name, row in zip(named, rows, strict=True) for value in row["values"]]
    values.sort(key=lambda one: (one["value"] != TO_DECIDE, 1.0 if one["confidence"] is None else one["confidence"]))

    def print_table(console: Console) -> None:
        title = f"mapping {present.mapping_version}, {by}"
        console.print(table(title, _COLUMNS, rows, ("confidence",)))
        if values:
            console.print(table("what options become", _VALUE_COLUMNS, values, ("confidence",)))
        for question in questions:
            console.print(f"to be decided: {question}", markup=False)
        for note in notes:
            console.print(note, markup=False)

    content = {"version": present.mapping_version, "confirmed": confirmed, "to_decide": questions, "notes": notes}
    content["fields"] = rows
    out.finish(content, print_table)


@mapping.command()
@common
def diff(out: Output) -> None:
    """What is different since the map was confirmed last: fields, targets, values, decisions, one line each."""
    with open_stores() as stores:
        changes = diff_of_map(stores.settings.home, stores.ledger, stores.warehouse)
    told = changes or ["nothing changed since the confirmation"]
    out.finish({"changes": changes}, "\n".join(told))


@mapping.command("restore")
@common
@click.option("--replace", is_flag=True, help="Also over files with another content, which are kept beside.")
def restore_files(out: Output, replace: bool) -> None:
    """Bring mapping.yaml and admin_exports/ back as they were confirmed last: for a home that lost them."""
    with open_stores() as stores:
        stores.warehouse.require_not_erased()
        done = restore(stores.settings.home, stores.ledger, replace)
    said = {"written": list(done.written), "same": list(done.same)}
    out.finish(said, done.sentence())


@mapping.command()
@common
@click.option("--by", required=True, metavar="NAME", help="Who read the map and stands for it.")
@click.option("--note", default="", metavar="TEXT", help="What is to be remembered of it.")
@click.option("--version", default="", metavar="VERSION", help="The version that was read; another one is refused.")
def confirm(out: Output, by: str, note: str, version: str) -> None:
    """Confirm the map as it is now, against the schema as it is now. Recorded with the name; needed before a run."""
    with open_stores() as stores:
        decisions = decision_changes(stores.ledger)
        confirmed = confirm_map(
            stores.settings.home,
            stores.ledger,
            stores.warehouse,
            by,
            max_fields=stores.settings.gorgias_max_active_fields,
            note=note,
            version=version,
            zone=stores.settings.ivinex_timezone,
        )
    told = "\n".join([f"mapping {confirmed.mapping_version} confirmed by {by}", *decisions])
    out.finish({"version": confirmed.mapping_version, "by": by, "note": note, "decisions": decisions}, told)
