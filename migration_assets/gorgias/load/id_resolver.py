"""The Gorgias ids that tickets refer to, from the ledger, and the user who stands in where one is missing."""

from migration_assets.gorgias.load.ticket_payload import TargetIds
from migration_assets.settings import SettingsError
from resources.gorgias.client import Reader
from resources.ledger import Ledger


def target_ids(ledger: Ledger, reader: Reader, fallback_email: str | None) -> TargetIds:
    """
    Raises:
        SettingsError: GORGIAS_FALLBACK_USER names nobody; without it the credential's own user stands in.
    """
    users = ledger.known_writes.gorgias_ids("users")
    return TargetIds(
        customers=ledger.known_writes.gorgias_ids("customers"),
        users=users,
        teams=ledger.known_writes.gorgias_ids("teams"),
        fields=ledger.known_writes.gorgias_ids("custom_fields"),
        fallback_user=_fallback(reader, fallback_email),
    )


def _fallback(reader: Reader, email: str | None) -> int:
    if not email:
        return int(reader.get("/api/users/0")["id"])
    for row in reader.rows("/api/users", email=email):
        if str(row.get("email", "")).lower() == email.lower():
            return int(row["id"])
    raise SettingsError(
        "GORGIAS_FALLBACK_USER names no user of the account: set it to the e-mail of a Gorgias user, or leave it out "
        "to let the credential's own user stand in."
    )
