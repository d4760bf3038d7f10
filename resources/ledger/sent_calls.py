"""Requests that left for either side, as their connections counted them: repeats, proofs and files among them.

It belongs here: keeping and adding up. It does not: counting (resources/request_counts.py). What a killed run counted
is lost with it, so these numbers are the least that was sent.
"""

from collections.abc import Mapping

from sqlalchemy import func, insert

from resources.ledger import tables
from resources.ledger.base import Repository


class SentCalls(Repository):
    def note_sent_calls(self, api: str, calls: Mapping[str, int]) -> None:
        """Add what one connection sent.

        Args:
            api: `ivinex` or `gorgias`.
        """
        if not calls:
            return
        shared = {"account": self.account, "api": api, "at": self.store.now()}
        rows = [shared | {"call": name, "requests": number} for name, number in calls.items()]
        with self.store.transaction() as tx:
            tx.execute(insert(tables.sent_calls), rows)

    def of(self, api: str) -> dict[str, int]:
        """Call -> requests of all runs."""
        s = tables.sent_calls.c
        query = self.select(s.call, func.sum(s.requests)).where(s.api == api).group_by(s.call).order_by(s.call)
        return {name: int(number) for name, number in self.store.rows(query)}
