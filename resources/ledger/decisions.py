"""What people decided by name: confirmations of the mapping, and decisions that a load asks for."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func

from resources.ledger import tables
from resources.ledger.base import Repository, named
from resources.ledger.records import ChangedDecision, Confirmation, Decision


class Decisions(Repository):
    def confirm_mapping(self, version: str, fingerprint: str, schema: dict[str, Any], by: str, note: str = "") -> None:
        """Record that a person confirmed this version of mapping.yaml against this schema. Nothing is overwritten.

        It stands for what was decided of the load by now, too.

        Raises:
            NameMissing: nobody is named.
        """
        row: dict[str, Any] = {"account": self.account, "version": version, "fingerprint": fingerprint}
        row |= {"schema": schema, "confirmed_by": named(by), "at": self.store.now(), "note": note or None}
        replaced = tables.replaced_decisions
        with self.store.transaction() as tx:
            tx.execute(tables.confirmations.insert(), [row])
            tx.execute(replaced.delete().where(replaced.c.account == self.account))

    def confirmed_mapping(self) -> Confirmation | None:
        """The newest confirmation for this account."""
        c = tables.confirmations.c
        query = self.select(c.version, c.fingerprint, c.schema, c.confirmed_by, c.at, func.coalesce(c.note, ""))
        newest = self.store.rows(query.order_by(c.id.desc()).limit(1))
        return Confirmation(*newest[0]) if newest else None

    def decide(self, topic: str, choice: str, by: str, reason: str = "", *, of_load: bool = False) -> None:
        """Record a decision by name; it replaces the one before.

        Args:
            of_load: the confirmation of the map stands for it too, so what held is kept until the next one.

        Raises:
            NameMissing: nobody is named.
        """
        row: dict[str, Any] = {"topic": topic, "choice": choice, "decided_by": named(by)}
        row |= {"at": self.store.now(), "reason": reason or None}
        with self.store.transaction() as tx:
            if of_load:
                self._keep_previous(tx, topic)
            self.store.upsert(tx, tables.decisions, [row])

    def _keep_previous(self, tx: Connection, topic: str) -> None:
        """Of several changes since the confirmation, what held before the first."""
        d = tables.decisions.c
        columns = (d.account, d.topic, d.choice, d.decided_by, d.at)
        held = self.select(*columns).where(d.topic == topic)
        insert = self.store.dialect.insert(tables.replaced_decisions)
        tx.execute(insert.from_select([one.name for one in columns], held).on_conflict_do_nothing())

    def changed_since_confirmation(self) -> list[ChangedDecision]:
        """Decisions of the load that are other now than when the map was confirmed; a first one since is none."""
        d, r = tables.decisions.c, tables.replaced_decisions.c
        columns = (r.topic, r.choice, r.decided_by, r.at, d.choice, d.decided_by, d.at)
        same = (d.account == r.account) & (d.topic == r.topic)
        rows = self.store.rows(self.select(*columns).where(same, d.choice != r.choice).order_by(r.topic))
        return [ChangedDecision(topic, Decision(*rest[:3]), Decision(*rest[3:])) for topic, *rest in rows]

    def decision(self, topic: str) -> str | None:
        row = self.decision_row(topic)
        return row.choice if row else None

    def topics_decided(self, choice: str) -> list[str]:
        """Topics for which this was chosen."""
        d = tables.decisions.c
        query = self.select(d.topic).where(d.choice == choice).order_by(d.topic)
        return [row.topic for row in self.store.rows(query)]

    def decision_row(self, topic: str) -> Decision | None:
        """The decision with who took it, when and why."""
        d = tables.decisions.c
        query = self.select(d.choice, d.decided_by, d.at, func.coalesce(d.reason, ""))
        found = self.store.rows(query.where(d.topic == topic))
        return Decision(*found[0]) if found else None

    def decided_at(self, topic: str) -> datetime | None:
        row = self.decision_row(topic)
        return row.at if row else None
