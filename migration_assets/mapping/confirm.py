"""Proposing, showing, confirming and loading the map: the plain functions that the command and the assets call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from migration_assets.mapping import account_fields, mapping_file, restore
from migration_assets.mapping.decision_changes import decision_changes
from migration_assets.mapping.heuristics.role_proposal import propose_roles, unsure_roles
from migration_assets.mapping.heuristics.status_evidence import uses_of
from migration_assets.mapping.mail_header_dates import Proof
from migration_assets.mapping.map_changes import Content, content_of, map_changes, switch_changes
from migration_assets.mapping.map_rows import render_diff as render_diff
from migration_assets.mapping.mapping_file import CONFIRM, MappingError
from migration_assets.mapping.model import Mapping, Role
from migration_assets.mapping.profile import profile
from migration_assets.mapping.propose import propose as propose_map
from migration_assets.mapping.proposers.proposer import Proposer
from migration_assets.mapping.restricted_fields import restrictions_of, undecided_restrictions
from migration_assets.mapping.roles import selected_roles
from migration_assets.mapping.schema_check import Snapshot, drift, fingerprint, schema_problems, snapshot
from migration_assets.mapping.source_site import bind_site, require_same_site
from migration_assets.mapping.time_zone_proof import kept_proof

if TYPE_CHECKING:
    from resources.ledger import Ledger
    from resources.ledger.records import Confirmation
    from resources.warehouse import Warehouse

FILE = "mapping.yaml"
PROPOSED = "mapping.proposed.yaml"


class NotConfirmed(Exception):
    """The gate of the mapping is closed; the message names each reason and the way out."""


@dataclass(frozen=True)
class Proposal:
    """What was proposed and where it was written."""

    mapping: Mapping
    path: Path


def propose(
    home: Path,
    warehouse: Warehouse,
    time_zone: str,
    max_fields: int = 25,
    others: Sequence[Proposer] = (),
    questions: Sequence[str] = (),
) -> Proposal:
    """Write a proposal from the live schema: `mapping.yaml`, or `mapping.proposed.yaml` beside one that is there.

    What is active in the account besides this migration's fields takes from the custom-field budget.

    Args:
        others: proposers that are asked besides the word lists (proposers/selected.py).
        questions: what else a person has to answer before the map can be confirmed.

    Raises:
        MappingError: `ivinex.tabs` or `ivinex.fields` is missing, or no tab has the role of tickets.
    """
    fields = live_fields(warehouse)
    tabs = warehouse.query("SELECT collection_type_id, role FROM ivinex.tabs WHERE role IS NOT NULL ORDER BY 1")
    roles: dict[Role, list[str]] = {}
    for tab, role in zip(tabs["collection_type_id"], tabs["role"], strict=True):
        roles.setdefault(role, []).append(str(tab))
    if "ticket" not in roles:
        raise MappingError("No tab has the role ticket. Name it under roles in mapping.yaml, as ticket: ['<tab id>'].")
    active = account_fields.kept(warehouse)
    mapping = propose_map(
        fields,
        profile(warehouse, fields),
        roles,
        time_zone,
        len(active),
        max_fields,
        reserved=account_fields.reserved(active),
        standing=account_fields.standing(active),
        uses=lambda status, closed: uses_of(
            warehouse, status.collection_type_id, status.name, closed.name if closed else None
        ),
        questions=(*questions, *role_questions(home, warehouse, fields)),
        others=others,
    )
    path = home / (PROPOSED if (home / FILE).exists() else FILE)
    mapping_file.save(path, mapping)
    return Proposal(mapping, path)


def role_questions(home: Path, warehouse: Warehouse, fields: pd.DataFrame) -> tuple[str, ...]:
    """Roles that nobody chose and that are not sure."""
    if selected_roles(home).roles is not None:
        return ()
    tabs = warehouse.query("SELECT collection_type_id, tab FROM ivinex.tabs WHERE collection_type_id IS NOT NULL")
    names = {str(number): str(name) for number, name in zip(tabs["collection_type_id"], tabs["tab"], strict=True)}
    return unsure_roles(propose_roles(names.items(), fields), names)


def confirm(
    home: Path,
    ledger: Ledger,
    warehouse: Warehouse,
    by: str,
    max_fields: int = 25,
    note: str = "",
    version: str = "",
    zone: str | None = None,
) -> Mapping:
    """Record that `by` stands for the present map and schema, and for what was decided for the load by now.

    Args:
        note: what `by` wants to be remembered of it.
        version: the version that `by` has read; empty: whichever is there.
        zone: what IVINEX_TIMEZONE says; None where it says nothing.

    Raises:
        MappingError: the file has mistakes, does not fit the live schema, is over the budget, or is another version.
        NameMissing: nobody is named.
        OtherSite: the account is loaded from another Ivinex site.
    """
    path = home / FILE
    mapping = mapping_file.load(path)
    if version and version != mapping.mapping_version:
        raise MappingError(
            f"Version {version} was to be confirmed, and mapping.yaml is version {mapping.mapping_version} now: it was "
            "edited since. Nothing was confirmed. Read it again (the asset mapping/proposal, or `migrate mapping "
            f"show`), and confirm version {mapping.mapping_version}: the job confirm_mapping, or `migrate mapping "
            f"confirm --by NAME --version {mapping.mapping_version}`."
        )
    fields = live_fields(warehouse)
    besides = account_fields.besides(account_fields.kept(warehouse), mapping.custom_fields())
    problems = [
        *schema_problems(mapping, fields, besides, max_fields),
        *mapping.undecided(),
        *undecided_restrictions(mapping, restrictions_of(fields)),
    ]
    mapping_file.check_against(path, mapping, problems)
    require_same_site(ledger, warehouse)
    if told := _other_zone(mapping, zone):
        raise MappingError(told)
    kept = kept_proof(warehouse)
    if kept and kept.proof is Proof.disproved and kept.zone == mapping.time_zone:
        raise MappingError(f"{kept.sentence} Nothing was confirmed.")
    schema = snapshot(fields, mapping)
    ledger.decisions.confirm_mapping(mapping.mapping_version, fingerprint(schema), schema, by, note)
    bind_site(ledger, warehouse)
    restore.keep(home, ledger, mapping.mapping_version)
    return mapping


def load_confirmed(home: Path, ledger: Ledger, warehouse: Warehouse, zone: str | None) -> Mapping:
    """The confirmed map.

    Args:
        zone: what IVINEX_TIMEZONE says; None where it says nothing.

    Raises:
        MappingError: the file is missing or has mistakes.
        NotConfirmed: never confirmed, edited since, the schema drifted, or a decision of preflight was changed; each
            change is named.
        OtherSite: what was read is not the site that the account is loaded from.
    """
    require_same_site(ledger, warehouse)
    mapping = mapping_file.load(home / FILE)
    confirmation = ledger.decisions.confirmed_mapping()
    if confirmation is None:
        raise NotConfirmed(
            f"{home / FILE} was never confirmed. Look at it (in the UI the table of mapping/proposal, or `migrate "
            f"mapping show`), then confirm it: {CONFIRM}."
        )
    if told := _other_zone(mapping, zone):
        raise NotConfirmed(told)
    present = snapshot(live_fields(warehouse), mapping)
    changes = _changes(mapping, confirmation, present, ledger)
    if changes:
        listed = "".join(f"\n  {change}" for change in (*changes, *decision_changes(ledger)))
        raise NotConfirmed(
            f"This is not the map that {confirmation.by} confirmed on {confirmation.at:%Y-%m-%d %H:%M} UTC:{listed}\n"
            "Bring mapping.yaml up to date (`migrate mapping propose`, and the job discover, write one to compare "
            f"with), then confirm it: {CONFIRM}."
        )
    require_same_decisions(ledger)
    return mapping


def require_same_decisions(ledger: Ledger) -> None:
    """
    Raises:
        NotConfirmed: a decision of preflight is another one than the confirmation stands for; each is named.
    """
    confirmation, changes = ledger.decisions.confirmed_mapping(), decision_changes(ledger)
    if confirmation and changes:
        listed = "".join(f"\n  {change}" for change in changes)
        raise NotConfirmed(
            f"The map is as {confirmation.by} confirmed it on {confirmation.at:%Y-%m-%d %H:%M} UTC, and what was "
            f"decided for the load beside it is not:{listed}\nNothing was written. Decide as it was (the job "
            "decide_preflight, or `migrate preflight decide POINT CHOICE --by NAME --reason TEXT`), or confirm it as "
            f"it is now: {CONFIRM}."
        )


def _other_zone(mapping: Mapping, zone: str | None) -> str:
    """Why the map and the setting do not fit: what is read by one zone and staged by another is wrong by hours."""
    if zone is None or zone == mapping.time_zone:
        return ""
    return (
        f"mapping.yaml reads Ivinex's times in the zone {mapping.time_zone} (time_zone), IVINEX_TIMEZONE says {zone}. "
        "Nothing was written. Give both the zone that is right, read Ivinex again (in the UI the job discover, or "
        f"`migrate discover`), and where the map was changed confirm it: {CONFIRM}."
    )


def live_fields(warehouse: Warehouse) -> pd.DataFrame:
    """`ivinex.fields`.

    Raises:
        MappingError: it was not read yet.
    """
    with warehouse.transaction() as tx:
        if not (tx.exists("ivinex.fields") and tx.exists("ivinex.tabs")):
            raise MappingError(
                "The live schema is not read yet (assets ivinex/tabs and ivinex/fields): in the UI the job discover, "
                "or `migrate discover`."
            )
        return tx.query("SELECT * FROM ivinex.fields ORDER BY collection_type_id, position, field_name")


def diff(home: Path, ledger: Ledger, warehouse: Warehouse) -> list[str]:
    """What is different since the last confirmation, each change by name; [] where nothing is.

    Raises:
        MappingError: the file is missing or has mistakes.
        NotConfirmed: never confirmed, so there is nothing to compare with.
    """
    mapping = mapping_file.load(home / FILE)
    confirmation = ledger.decisions.confirmed_mapping()
    if confirmation is None:
        raise NotConfirmed(f"{home / FILE} was never confirmed, so it differs from nothing. Confirm it: {CONFIRM}.")
    present = snapshot(live_fields(warehouse), mapping)
    return [*_changes(mapping, confirmation, present, ledger), *decision_changes(ledger)]


def diff_or_none(home: Path, ledger: Ledger, warehouse: Warehouse) -> list[str] | None:
    """As `diff`; None where nothing was confirmed yet, or the file cannot be read."""
    try:
        return diff(home, ledger, warehouse)
    except (MappingError, NotConfirmed):
        return None


def confirmed_content(ledger: Ledger) -> Content:
    """What the map that was confirmed last decides; {} where the ledger keeps none that this program reads."""
    kept = _confirmed_map(ledger)
    return content_of(kept) if kept else {}


def _confirmed_map(ledger: Ledger) -> Mapping | None:
    kept = ledger.sources.confirmed_files().get(FILE)
    try:
        return None if kept is None else mapping_file.parse(Path(FILE), kept.decode("utf-8"))
    except MappingError:
        return None


def _changes(mapping: Mapping, confirmation: Confirmation, present: Snapshot, ledger: Ledger) -> list[str]:
    changes = drift(confirmation.schema, present)
    if mapping.mapping_version != confirmation.version:
        edited = f"version {confirmation.version} was confirmed, {mapping.mapping_version} is there"
        changes.append(f"mapping.yaml was edited: {edited}")
        if kept := _confirmed_map(ledger):
            changes += [*switch_changes(kept, mapping), *map_changes(content_of(kept), content_of(mapping))]
    return changes
