"""Signing off by name: that an account is reconciled, the scope right, the sample good. What production waits for.

It belongs here: what may be signed off, and what is recorded of it. It does not: what it opens (checks/production.py).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from checks.production import REPORT, SAMPLE
from migration_assets.documents import FOLDER
from migration_assets.gorgias.preflight.role import target_of
from migration_assets.handoff.evidence.pack import program
from migration_assets.handoff.evidence.pack_check import PackVerdict, check_pack
from migration_assets.mapping.confirm import load_confirmed
from migration_assets.mapping.model import Mapping
from migration_assets.orchestration.cutover import obstacles
from migration_assets.orchestration.sample import approve_sample
from migration_assets.reconciliation.balance.balance import calculate_balance, totals
from migration_assets.settings import Settings
from resources.ledger import Ledger
from resources.ledger.base import named
from resources.warehouse import Warehouse

SHOWN = 5
_AGAIN = "Repair it, then in the UI the jobs verify_range, report and handoff, or `migrate verify` and `migrate run`"


class SignOffRefused(Exception):
    """What was to be signed off is not so; nothing was recorded."""


def sign_off(settings: Settings, ledger: Ledger, warehouse: Warehouse, subject: str, by: str, note: str = "") -> str:
    """Record a sign-off: who, when, of what, under which map and program, with which report. Returns a sentence.

    Args:
        subject: `report`: the account is reconciled, as the report says. `scope`: what is moved and to where is right.
            `sample`: a person looked at the migrated sample.

    Raises:
        NotConfirmed, MappingError: the map is not confirmed.
        SignOffRefused: the account is not reconciled; names what is open.
        DecisionRefused: no sample was migrated.
        NameMissing: nobody is named.
    """
    by = named(by)
    if subject == SAMPLE:
        return approve_sample(settings, ledger, by, note)
    mapping = load_confirmed(settings.home, ledger, warehouse, settings.ivinex_timezone)
    digest = None
    if subject == REPORT:
        told = _open_points(settings, ledger, warehouse, mapping)
        if told:
            listed = "\n".join(f"  {one}" for one in told)
            raise SignOffRefused(
                f"{ledger.account} is not reconciled, so it is not signed off:\n{listed}\n{_AGAIN}. Nothing was "
                "recorded."
            )
        digest = hashlib.sha256((settings.home / FOLDER / "report.html").read_bytes()).hexdigest()
    elif confirmation := ledger.decisions.confirmed_mapping():
        digest = confirmation.fingerprint
    ledger.sign_offs.sign_off(
        subject,
        by,
        role=str(settings.gorgias_role or ""),
        target=target_of(settings),
        map_version=mapping.mapping_version,
        program_version=program()["version"],
        report_sha256=digest,
        note=note.strip(),
    )
    what = "the reconciled report" if subject == REPORT else "the scope"
    return f"{by} signed off {what} of {ledger.account} under map {mapping.mapping_version}."


def signed(ledger: Ledger) -> list[dict[str, Any]]:
    """Every sign-off of this account, oldest first."""
    return [asdict(one) for one in ledger.sign_offs.all() if one.account == ledger.account]


def _open_points(settings: Settings, ledger: Ledger, warehouse: Warehouse, mapping: Mapping) -> Sequence[str]:
    rows = ledger.outcomes.outcomes_of("tickets")
    loaded = sorted(set(rows[rows["outcome"].isin(["created", "adopted"])]["partition"].dropna()))
    if not loaded:
        return ["no ticket is in Gorgias yet"]
    told = [f"{one.check} {one.partition}: {one.detail}" for one in obstacles(ledger, loaded)]
    lines = totals(calculate_balance(ledger, warehouse, mapping))
    told += [f"the outcomes of {row.object} do not balance" for row in lines if not row.balanced]
    if conflicts := len(ledger.conflicts.conflict_rows()):
        told.append(f"{conflicts} conflicts are not decided")
    pack = settings.home / FOLDER
    found = check_pack(pack) if pack.is_dir() else None
    if found is None or found.verdict is not PackVerdict.OK:
        told.append(f"the report in {FOLDER}/ is not closed, or was changed since: {_verdict(found)}")
    elif (of := found.says.get("mapping_version")) != mapping.mapping_version:
        told.append(f"the report is of map {of}, and {mapping.mapping_version} is confirmed")
    return told[:SHOWN] + ([f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else [])


def _verdict(found: Any) -> str:
    return "there is none" if found is None else f"{found.verdict}, {', '.join([*found.files, *found.unknown][:3])}"
