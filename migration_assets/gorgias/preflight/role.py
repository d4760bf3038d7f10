"""An account with a role: production is not loaded before staging was signed off, and the two are not one account.

It belongs here: opening the ledger of staging, and refusing. It does not: the conditions (checks/production.py).
Without GORGIAS_ROLE nothing of it is asked.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from checks.production import ROLE, Account, one_account, unmet
from checks.quality_gates import GATE_CLOSED
from checks.refusal import refusal
from migration_assets.gorgias.target_image import owner_digest
from migration_assets.settings import GorgiasRole, Settings
from migration_assets.settings_source import load_settings
from resources.gorgias.client import Reader
from resources.ledger import Ledger

BY = "GORGIAS_ROLE"


def require_role(ledger: Ledger, reader: Reader) -> None:
    """Before the first write of a load.

    Raises:
        dagster.Failure: conditions are not met; names each. Nothing was written.
    """
    settings = load_settings()
    role = settings.gorgias_role
    if role is None:
        return
    told = conditions(settings, ledger, owner_digest(reader) if role is GorgiasRole.production else None)
    if told:
        listed = "\n".join(f"  {one}." for one in told)
        plural = "conditions are" if len(told) > 1 else "condition is"
        raise refusal(
            f"GORGIAS_ROLE is {role}, and {len(told)} {plural} not met, so nothing was written:\n{listed}\n"
            "docs/staging-to-production.md goes through it.",
            {GATE_CLOSED: len(told)},
        )
    if ledger.decisions.decision(ROLE) != role:
        ledger.decisions.decide(ROLE, str(role), BY)


def conditions(settings: Settings, ledger: Ledger, owner: str | None = None) -> list[str]:
    """What keeps this account from being loaded in its role.

    Args:
        owner: digest of its domain, where the account was asked.
    """
    own = Account(ledger, target_of(settings), owner)
    if settings.gorgias_role is GorgiasRole.staging:
        return one_account(own)
    if settings.ledger_url is None and set(ledger.rollbacks.accounts_written()) - {ledger.account}:
        return [
            "another account was loaded from this home, and what was written to it is noted here. Set MIGRATION_HOME "
            "to a folder for production alone, with the mapping.yaml of staging, and MIGRATION_STAGING_HOME to the "
            "folder of staging"
        ]
    with staging_ledger(settings, ledger) as staging:
        return unmet(own, staging, settings.needs_sample)


@contextmanager
def staging_ledger(settings: Settings, ledger: Ledger) -> Iterator[Ledger | None]:
    """The ledger of MIGRATION_STAGING_HOME, or the own one where both accounts share it."""
    if settings.staging_home is None:
        yield ledger if settings.ledger_url is not None else None
        return
    path = settings.staging_home.expanduser().resolve() / "ledger.sqlite"
    if not path.is_file() or settings.staging_home.expanduser().resolve() == settings.home:
        yield None
        return
    with closing(Ledger.open(f"sqlite:///{path}", ledger.account)) as opened:
        yield opened


def target_of(settings: Settings) -> str:
    """Host and port of the account."""
    return urlsplit(settings.gorgias_base_url or "").netloc.lower()
