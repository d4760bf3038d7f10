"""What a hostile site's schema adds: hard fields of tickets, a tab without rows, a tab without right."""

from __future__ import annotations

from typing import Any

from sandbox.generator.nasty import long_text
from sandbox.generator.tables import Sequences, Spec, Table

STORES = tuple(f"Store {number:03d}" for number in range(1, 601))
TICKET_FIELDS = (
    Spec("store", "Store Location", "DROPDOWN", options=STORES),
    Spec("essay", long_text(300, "Please describe in your own words what happened and when, "), "TEXT", "TEXTAREA"),
    Spec("mystery", "Mystery", "HOLOGRAM"),
    Spec("emoji", "🎁", "TEXT"),
)
PAYROLL_FIELDS = (
    Spec("employee", "Employee", "USER", "DROPDOWN"),
    Spec("salary", "Salary", "CURRENCY"),
    Spec("from", "From", "DATE"),
)
PROJECT_FIELDS = (
    Spec("name", "Project Name"),
    Spec("lead", "Lead", "USER", "DROPDOWN"),
    Spec("deadline", "Deadline", "DATE"),
)


class ExtraTabs:
    """Payroll, which the migration's user may not read, and Projects, which is empty."""

    def __init__(self, sequences: Sequences) -> None:
        """Numbers their fields after the shop's own."""
        self.payroll = Table(10_103, "Payroll", PAYROLL_FIELDS, sequences)
        self.projects = Table(10_104, "Projects", PROJECT_FIELDS, sequences)

    def payroll_rows(self) -> list[dict[str, Any]]:
        """Three rows that must never leave the site."""
        return [
            self.payroll.row(
                number, {"employee": user, "salary": "4200.00"}, created="2026-01-31 12:00:00", created_by="3"
            )
            for number, user in enumerate(("3", "4", "5"), start=1)
        ]
