"""May production be loaded? Only after staging was reconciled and signed off under the same map.

It belongs here: the conditions, asked of the ledgers. It does not: opening the ledger of staging, and refusing a load
(migration_assets/gorgias/preflight/role.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.ledger import Ledger
from resources.ledger.records import Confirmation
from resources.ledger.sign_offs import SignOff

REPORT, SCOPE, SAMPLE = "report", "scope", "sample"
"""Subjects of sign-offs."""
ROLE = "role"
"""Decision topic: as what an account was loaded."""
PRODUCTION, STAGING = "production", "staging"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Account:
    """The account that is to be loaded.

    Attributes:
        target: host and port.
        owner: digest of its domain.
    """

    ledger: Ledger
    target: str
    owner: str | None = None


def unmet(own: Account, staging: Ledger | None, needs_sample: bool) -> list[str]:
    """What keeps production from being loaded, each with what to do; [] where nothing does.

    Args:
        staging: the ledger of the staging migration; the own one where both share it.
        needs_sample: an approved sample is asked for, whether or not one was migrated.
    """
    if own.ledger.decisions.decision(ROLE) == STAGING:
        return ["staging and production must not be one account: this one was loaded as staging. Set GORGIAS_BASE_URL"]
    confirmed = own.ledger.decisions.confirmed_mapping()
    if confirmed is None:
        return ["the map is not confirmed here: the job confirm_mapping, or `migrate mapping confirm --by NAME`"]
    signed = [] if staging is None else _of_staging(own, staging)
    return _staging(own, staging, signed, confirmed.version, needs_sample) + _scope(own, signed, confirmed)


def _of_staging(own: Account, staging: Ledger) -> list[SignOff]:
    shared = staging is own.ledger
    signed = [one for one in staging.sign_offs.all() if one.role != PRODUCTION]
    return [one for one in signed if not (shared and one.account == own.ledger.account)]


def _staging(
    own: Account, staging: Ledger | None, signed: Sequence[SignOff], version: str, needs_sample: bool
) -> list[str]:
    if staging is None:
        return [
            "staging: no staging migration is known from here. Set MIGRATION_STAGING_HOME to its folder, or LEDGER_URL "
            "to the ledger that both share"
        ]
    reports = [one for one in signed if one.subject == REPORT]
    if not reports:
        return [
            "staging is not signed off as reconciled. In its home: the job sign_off with the subject report, or "
            "`migrate signoff --by NAME`"
        ]
    last = reports[-1]
    at_staging = Ledger(staging.engine, last.account)
    return _one_account(own, last, at_staging) or [
        *_reconciled(last, at_staging, version),
        *_sampled(at_staging, signed, version, needs_sample),
    ]


def one_account(own: Account) -> list[str]:
    """Why an account cannot be loaded as staging."""
    ours = [one for one in own.ledger.sign_offs.all() if one.role == PRODUCTION and _same(one.target, own.target)]
    if own.ledger.decisions.decision(ROLE) == PRODUCTION or ours:
        return ["staging and production must not be one account: this one is production. Set GORGIAS_BASE_URL"]
    return []


def _one_account(own: Account, last: SignOff, staging: Ledger) -> list[str]:
    same = _same(last.target, own.target)
    if not (_is_loopback(last.target) and _is_loopback(own.target)):
        same = same or (own.owner is not None and own.owner == staging.images.target_owner())
    if not same:
        return []
    return [
        f"staging and production must not be one account: staging was signed off for {last.target}. Set "
        "GORGIAS_BASE_URL to the account of production"
    ]


def _reconciled(last: SignOff, staging: Ledger, version: str) -> list[str]:
    told = []
    if last.map_version != version:
        told.append(
            f"staging was signed off under map {last.map_version} on {last.at:%Y-%m-%d}, and {version} is confirmed "
            "here. Load, verify and sign off staging under that map, or confirm here the map of staging"
        )
    rows = staging.quality_gates.gate_rows()
    shut = rows[~rows["passed"] & ~rows["overridden"]]
    if len(shut):
        first = shut.iloc[0]
        told.append(
            f"staging has {len(shut)} closed gates, {first['check_name']} {first['partition']} among them. In its "
            "home, `migrate gates list` names them all; then `migrate verify` and `migrate signoff --by NAME`"
        )
    return told


def _sampled(staging: Ledger, signed: Sequence[SignOff], version: str, needed: bool) -> list[str]:
    """One that was migrated is approved, whether or not one is asked for."""
    approved = [one.map_version for one in signed if one.subject == SAMPLE and one.account == staging.account]
    known = staging.samples.sample_records("tickets")
    if version in approved or not (approved or known or needed):
        return []
    told = f"is approved under map {approved[-1]}, and {version} is confirmed here" if approved else "is not approved"
    first = "" if known else "Migrate one in the home of staging: the job migrate_sample, or `migrate sample`. "
    return [
        f"the sample {told}. {first}Approve it in the home of staging: the job approve_sample, or `migrate sample "
        "approve --by NAME`"
    ]


def _scope(own: Account, signed: Sequence[SignOff], confirmed: Confirmation) -> list[str]:
    version = confirmed.version
    ours = [one for one in own.ledger.sign_offs.all() if one.account == own.ledger.account]
    scopes = [one for one in (*signed, *ours) if one.subject == SCOPE]
    versions = [one.map_version for one in scopes]
    # A scope that was signed off before discoveries were kept with it names none.
    if any(one.map_version == version and one.discovery in (None, confirmed.fingerprint) for one in scopes):
        return []
    if version in versions:
        return [
            "the scope was signed off for another discovery: fields, roles or the time zone of Ivinex changed since. "
            "Read handoff/schema_inventory, then the job sign_off with the subject scope, or `migrate signoff --scope "
            "--by NAME`"
        ]
    told = f"is signed off under map {versions[-1]}, not under {version}" if versions else "is not signed off"
    return [
        f"the scope {told}. Read handoff/schema_inventory, then the job sign_off with the subject scope, or `migrate "
        "signoff --scope --by NAME`"
    ]


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _is_loopback(target: str) -> bool:
    return target.startswith(LOOPBACK)
