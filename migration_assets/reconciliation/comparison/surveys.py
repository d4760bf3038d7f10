"""Whose closing a satisfaction survey followed: one that a person caused speaks against nothing.

A ticket that is closed since, at another time than ours, is told apart by its own time (target/account_acts.py). Where
it was reopened after the survey only the events of the ticket tell who had closed it. It belongs here: that look. It
does not: reading surveys, and what else events prove (events.py).
"""

from collections.abc import Sequence

from migration_assets.reconciliation.comparison.comparison_rules import Verdict
from migration_assets.reconciliation.comparison.differences import DIFFERENCES
from migration_assets.reconciliation.comparison.events import EventEvidence, happened_at, ours_until
from migration_assets.reconciliation.target.account_acts import SURVEYED

_CLOSED = "ticket-closed"


def explain_surveys(evidence: EventEvidence, keys: Sequence[str]) -> None:
    """Turn surveys that followed a person's closing into `changed since write`; one look a surveyed ticket."""
    store = evidence.warehouse
    if not store.exists(DIFFERENCES):
        return
    rows = store.rows(
        "SELECT d.gorgias_id, s.ticket_id, s.sent_at FROM reconciliation.differences d "
        "JOIN reconciliation.target_surveys s USING (gorgias_id) "
        "WHERE d.field = ? AND list_contains(?, d.partition) ORDER BY ALL",
        [SURVEYED, list(keys)],
    )
    if not rows:
        return
    sources = {number: source_id for source_id, number in evidence.ledger.known_writes.gorgias_ids("tickets").items()}
    until = ours_until(evidence.ledger, ["tickets"], [])
    caused = []
    for row in rows:
        events = evidence.of("Ticket", row["ticket_id"])
        closings = [one for one in events if one["type"] == _CLOSED and happened_at(one) <= row["sent_at"]]
        last = max(closings, key=happened_at, default=None)
        bound = until.get(("tickets", sources.get(row["ticket_id"], "")))
        if last and evidence.proves(last, "status", bound, keys):
            caused.append(row["gorgias_id"])
    with store.transaction() as tx:
        tx.execute(
            "UPDATE reconciliation.differences SET kind = ? WHERE field = ? "
            "AND list_contains(?::BIGINT[], gorgias_id) AND list_contains(?, partition)",
            [Verdict.changed, SURVEYED, caused, list(keys)],
        )
