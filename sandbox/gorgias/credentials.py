"""Who asks, and what the role allows (gorgias-api.md 1)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.gorgias.bucket import Allowance, LeakyBucket
from sandbox.gorgias.config import Credential
from sandbox.gorgias.errors import ApiError, forbidden

RANKS = {"observer-agent": 0, "lite-agent": 0, "basic-agent": 1, "agent": 2, "admin": 3}

ADMIN_FAMILIES = ("user", "team", "account-setting", "integration", "custom-field", "rule")
AGENT_FAMILIES = ("tag", "view", "macro", "job")


@dataclass
class Principal:
    """A credential in use."""

    name: str
    role: str
    user_id: int
    bucket: LeakyBucket


def needed_rank(operation_id: str, method: str) -> int:
    """The lowest rank that may call an operation. Reading and searching take none.

    Account-wide things are the admin's, shared vocabulary and bulk work an agent's, tickets and customers
    anyone's who may write; deleting a customer takes an agent. The reference only says that rights follow
    the role, so the split is an assumption.
    """
    if method == "GET" or operation_id == "search":
        return 0
    subject = operation_id.split("-", 1)[1]
    if "values" in subject or "value" in subject or subject.startswith(("ticket-", "customer-")):
        return 1
    if subject.removesuffix("s").startswith(ADMIN_FAMILIES):
        return RANKS["admin"]
    if subject.removesuffix("s").startswith(AGENT_FAMILIES):
        return RANKS["agent"]
    return RANKS["agent"] if operation_id.startswith(("delete-customer", "merge-")) else 1


class Credentials:
    """Every credential of the account. The keys share one bucket and the apps another: the allowance is the account's,
    and an app's is twice as large (gorgias-api.md 2, 14).
    """

    def __init__(
        self,
        known: list[Credential],
        allowance: Allowance,
        clock: Callable[[], float],
        user_id_of: Callable[[Credential], int],
    ) -> None:
        self._by_header: dict[str, Principal] = {}
        keys, apps = LeakyBucket(allowance, clock), LeakyBucket(allowance.doubled(), clock)
        for credential in known:
            if credential.token is not None:
                name, bucket = "token", apps
                secret = f"bearer {credential.token}"
            else:
                name, bucket = credential.email or "", keys
                secret = f"basic {name.lower()}:{credential.api_key}"
            self._by_header[secret] = Principal(name, credential.role, user_id_of(credential), bucket)

    def principals(self) -> list[Principal]:
        return list(self._by_header.values())

    def identify(self, header: str | None) -> Principal:
        """The principal behind an Authorization header. Raises ApiError 401."""
        scheme, _, value = (header or "").partition(" ")
        secret = ""
        if scheme.lower() == "bearer":
            secret = f"bearer {value}"
        elif scheme.lower() == "basic":
            try:
                email, _, key = base64.b64decode(value, validate=True).decode().partition(":")
                secret = f"basic {email.lower()}:{key}"
            except (binascii.Error, UnicodeDecodeError):
                secret = ""
        principal = self._by_header.get(secret)
        if principal is None:
            raise ApiError(401, "Authentication required: no or bad credentials.")
        return principal

    @staticmethod
    def authorize(principal: Principal, operation_id: str, method: str) -> None:
        """Raises ApiError 403 when the role is too low."""
        if RANKS[principal.role] < needed_rank(operation_id, method):
            raise forbidden()
