"""What people decided by name: confirmations of the mapping, and decisions that a load asks for."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

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
        row = {
            "account": self.account,
            "version": version,
            "fingerprint": fingerprint,
            "schema": schema,
            "confirmed_by": named(by),
            "at": self.store.now(),
            "note": note or None,
        }
        replaced = tables.replaced_decisions
        with self.store.transaction() as tx:
            tx.execute(tables.confirmations.insert(), [row])
            tx.execute(replaced.delete().where(replaced.c.account == self.account))

    def confirmed_mapping(self) -> Confirmation | None:
        """The newest confirmation for this account."""
        c = tables.confirmations.c
        query = select(c.version, c.fingerprint, c.schema, c.confirmed_by, c.at, func.coalesce(c.note, ""))
        query = query.where(c.account == self.account).order_by(c.id.desc()).limit(1)
        with self.store.reading() as connection:
            row = connection.execute(query).fetchone()
        return Confirmation(*row) if row else None

    def decide(self, topic: str, choice: str, by: str, reason: str = "", *, of_load: bool = False) -> None:
        """Record a decision by name; it replaces the one before.

        Args:
            of_load: the confirmation of the map stands for it too, so what held is kept until the next one.

        Raises:
            NameMissing: nobody is named.
        """
        row = {
            "account": self.account,
            "topic": topic,
            "choice": choice,
            "decided_by": named(by),
            "at": self.store.now(),
            "reason": reason or None,
        }
        with self.store.transaction() as tx:
            if of_load:
                self._keep_previous(tx, topic)
            self.store.upsert(tx, tables.decisions, [row])

    def _keep_previous(self, tx: Connection, topic: str) -> None:
        """Of several changes since the confirmation, what held before the first."""
        d = tables.decisions.c
        columns = (d.account, d.topic, d.choice, d.decided_by, d.at)
        held = select(*columns).where(d.account == self.account, d.topic == topic)
        insert = self.store.dialect.insert(tables.replaced_decisions)
        tx.execute(insert.from_select([one.name for one in columns], held).on_conflict_do_nothing())

    def changed_since_confirmation(self) -> list[ChangedDecision]:
        """Decisions of the load that are other now than when the map was confirmed; a first one since is none."""
        d, r = tables.decisions.c, tables.replaced_decisions.c
        columns = (r.topic, r.choice, r.decided_by, r.at, d.choice, d.decided_by, d.at)
        same = (d.account == r.account) & (d.topic == r.topic)
        query = select(*columns).where(same, r.account == self.account, d.choice != r.choice).order_by(r.topic)
        with self.store.reading() as connection:
            return [
                ChangedDecision(topic, Decision(*rest[:3]), Decision(*rest[3:]))
                for topic, *rest in connection.execute(query)
            ]

    def decision(self, topic: str) -> str | None:
        d = tables.decisions.c
        with self.store.reading() as connection:
            return connection.execute(
                select(d.choice).where(d.account == self.account, d.topic == topic)
            ).scalar_one_or_none()

    def topics_decided(self, choice: str) -> list[str]:
        """Topics for which this was chosen."""
        d = tables.decisions.c
        query = select(d.topic).where(d.account == self.account, d.choice == choice).order_by(d.topic)
        with self.store.reading() as connection:
            return list(connection.execute(query).scalars())

    def decision_row(self, topic: str) -> Decision | None:
        """The decision with who took it, when and why."""
        d = tables.decisions.c
        query = select(d.choice, d.decided_by, d.at, func.coalesce(d.reason, ""))
        with self.store.reading() as connection:
            row = connection.execute(query.where(d.account == self.account, d.topic == topic)).fetchone()
        return Decision(*row) if row else None

    def decided_at(self, topic: str) -> datetime | None:
        d = tables.decisions.c
        with self.store.reading() as connection:
            return connection.execute(
                select(d.at).where(d.account == self.account, d.topic == topic)
            ).scalar_one_or_none()
