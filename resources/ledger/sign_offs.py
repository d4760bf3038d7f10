"""Who stands for what, when and under which map: sign-offs of a report or of the scope. None is ever overwritten.

It belongs here: entering and reading. It does not: what may be signed off (orchestration/sign_off.py), and what waits
for it (checks/production.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from resources.ledger import tables
from resources.ledger.base import Repository, named


@dataclass(frozen=True)
class SignOff:
    """One sign-off.

    Attributes:
        subject: report (reconciled) or scope.
        role: GORGIAS_ROLE of the account; empty where none was set.
        target: host and port of the account.
        report_sha256: of the report that was signed, where one was; of a scope the fingerprint of its discovery.
    """

    account: str
    subject: str
    role: str
    target: str
    map_version: str
    program_version: str
    report_sha256: str | None
    signed_by: str
    at: datetime
    note: str | None

    @property
    def discovery(self) -> str | None:
        """Of a scope: the fingerprint of schema, roles and time zone that it was signed off for."""
        return self.report_sha256


class SignOffs(Repository):
    def sign_off(
        self,
        subject: str,
        by: str,
        *,
        role: str,
        target: str,
        map_version: str,
        program_version: str,
        report_sha256: str | None = None,
        note: str = "",
    ) -> None:
        """
        Raises:
            NameMissing: nobody is named.
        """
        row: dict[str, Any] = {"account": self.account, "subject": subject, "role": role, "target": target}
        row |= {"map_version": map_version, "program_version": program_version, "report_sha256": report_sha256}
        row |= {"signed_by": named(by), "at": self.store.now(), "note": note or None}
        with self.store.transaction() as tx:
            tx.execute(tables.sign_offs.insert(), [row])

    def all(self) -> list[SignOff]:
        """Those of every account in this ledger, oldest first."""
        s = tables.sign_offs.c
        query = select(s.account, s.subject, s.role, s.target, s.map_version, s.program_version, s.report_sha256)
        query = query.add_columns(s.signed_by, s.at, s.note).order_by(s.id)
        return [SignOff(*row) for row in self.store.rows(query)]
