"""Which settings may decide over what is staged, written or compared: with others, no day is as it was loaded.

It belongs here: their digest. It does not: what else decides over a day (unchanged_days.py), and which settings decide
what is read (reading_reuse.py).
"""

import hashlib

from migration_assets.mapping.model import short_hash
from migration_assets.settings import Settings

_DECIDES_NOTHING = {
    *("home", "ledger_url", "staging_home", "owners", "ui_hosts", "evidence_key", "failure_webhook", "needs_sample"),
    *("model_url", "model_name", "model_key", "model_max_requests", "model_max_tokens", "sweep_max_age", "load_order"),
    *("ivinex_password", "ivinex_requests_per_second", "ivinex_patience", "gorgias_api_key", "gorgias_access_token"),
    *("gorgias_allowance", "gorgias_enterprise", "gorgias_timeout_seconds", "gorgias_settling_seconds"),
    *("gorgias_lease_seconds", "gorgias_patience", "gorgias_budget_share", "gorgias_reserve"),
    *("gorgias_working_hours", "gorgias_working_zone"),
}
"""Settings about speed, places and people; any other one, a new one too, may decide over rows."""


def deciding_settings(settings: Settings) -> str:
    """A digest of the settings that may decide over what is staged, written or compared."""
    key = settings.hash_key.get_secret_value() if settings.hash_key else ""
    told = settings.model_dump(mode="json", exclude=_DECIDES_NOTHING | {"hash_key"})
    return short_hash([told, hashlib.sha256(f"days {key}".encode()).hexdigest()])
