"""What the ledger says was ever written, object by object, and whose each object is.

It belongs here: grouping the ledger's writes, and telling what we made from what was there. It does not: reading the
target (target_now.py), and what becomes of an object (plan.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from migration_assets.gorgias.rollback.scope import KINDS
from resources.gorgias.writer.send import BY_EXTERNAL_ID
from resources.ledger import Ledger, Outcome
from resources.ledger.images import Before, Image
from resources.ledger.records import UNSETTLED, KnownWrite, State, Undone, WriteKey

MAKING = ("create", "append", "upload")
UNDOING = frozenset({"delete", "restore", "restore_values", "restore_data", "deactivate", "reactivate", "order"})
ORDERED = ("jobs", "order")
"""Object and part of the order of a job that deletes tickets."""
_BOOKED_AS = {"customers": "contacts"}


@dataclass(frozen=True)
class WrittenObject:
    """One object of the target that we made or changed.

    Attributes:
        number: its Gorgias id; None where no write of it came through.
        made: we created it; else somebody else had, and we adopted it.
        image: how it was before we changed it, where somebody else had made it.
        rows: every write on it; for a ticket those on its messages too.
        outcomes: the source rows that are in Gorgias by it; for a ticket its messages and files too.
    """

    object: str
    source_id: str
    number: int | None
    partition: str | None
    made: bool
    create: KnownWrite
    image: Image | None = None
    rows: tuple[KnownWrite, ...] = ()
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)

    @property
    def unsettled(self) -> bool:
        """Of a write that made or changed it; what became of one that took it back, a look at the object tells."""
        return any(row.state in UNSETTLED for row in self.rows if row.key.part not in UNDOING)

    @property
    def messages(self) -> list[Outcome]:
        """The messages of a ticket."""
        return [row for row in self.outcomes if row.object == "messages"]

    @property
    def cycle(self) -> list[Any]:
        """What makes taking it back another write each time that it was made."""
        return [self.number, self.create.intent_at.isoformat()]

    def write(self, part: str) -> KnownWrite | None:
        return next((row for row in self.rows if row.key == WriteKey(self.object, self.source_id, part)), None)

    def undone(self, by_look: bool = False) -> Undone:
        """What is taken back with it.

        Args:
            by_look: no request takes it back any more; one whose answer was lost has done so.
        """
        rows = (row for row in self.rows if row.key.part not in UNDOING or (by_look and row.state in UNSETTLED))
        keys = tuple(row.key for row in rows)
        gone: dict[str, Any] = {"outcome": "rolled_back", "reason": "rolled back", "gorgias_id": None}
        return Undone(keys, tuple(replace(row, **gone) for row in self.outcomes))


@dataclass(frozen=True)
class Written:
    """All of it.

    Attributes:
        uploads: contents that the account holds; nothing can list or delete them.
        others: writes on what is no object of ours (settings that an import switches), by object.
        rows: number of writes that make an object, counted by the database.
    """

    objects: list[WrittenObject]
    uploads: int
    others: dict[str, int]
    rows: dict[str, int]


def written_objects(ledger: Ledger) -> Written:
    """Everything that was written to the account and is not taken back."""
    own: dict[tuple[str, str], list[KnownWrite]] = defaultdict(list)
    uploads, others = 0, defaultdict[str, int](int)
    for row in ledger.rollbacks.written_rows():
        name = row.key.object
        if name == "messages":
            own["tickets", ticket_of(row.key.source_id)].append(row)
        elif name in KINDS:
            own[name, row.key.source_id].append(row)
        elif name == "files":
            uploads += 1
        elif name not in {"canary", ORDERED[0]}:
            others[name] += 1
    booked = _outcomes(ledger)
    owners = _Owners(ledger)
    found = []
    for (name, source_id), rows in own.items():
        create = next((row for row in rows if row.key == WriteKey(name, source_id, "create")), None)
        if create is None:
            continue  # taken back before; what is left of it are the writes that did so
        made, number = owners.made(create), create.gorgias_id
        image = None if made or number is None else owners.image(name, number, rows)
        outcomes = tuple(booked.get((name, source_id), ()))
        found.append(
            WrittenObject(name, source_id, number, create.partition, made, create, image, tuple(rows), outcomes)
        )
    return Written(found, uploads, dict(others), ledger.rollbacks.objects_written(MAKING))


def ticket_of(source_id: str) -> str:
    """The ticket of a message or file: `<record>@<ticket>`, `<ticket>#description`, `<record>@<ticket>#files`."""
    return source_id.rpartition("@")[2].partition("#")[0]


def _outcomes(ledger: Ledger) -> dict[tuple[str, str], list[Outcome]]:
    found: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    names = {_BOOKED_AS.get(name, name): name for name in KINDS}
    for row in ledger.rollbacks.outcome_rows([*names, "messages", "files"]):
        name = names.get(row.object, "tickets")
        source_id = ticket_of(row.source_id) if row.object in {"messages", "files"} else row.source_id
        found[name, source_id].append(row)
    return found


class _Owners:
    """Who made an object: read from the image of the target and from how an adoption came about."""

    def __init__(self, ledger: Ledger):
        self._before: Before | None = ledger.images.target_before()
        self._images: Mapping[tuple[str, int], Image] = ledger.images.all()
        self._doubts = {name: ledger.rollbacks.settled_doubts(name) for name in KINDS}
        self._archived = {
            (row.key.object, row.key.source_id)
            for row in ledger.rollbacks.written_rows()
            if row.key.part == "deactivate" and row.state is State.DONE
        }

    def made(self, create: KnownWrite) -> bool:
        """Where it is not known, somebody else made it: then it is never deleted."""
        name, number = create.key.object, create.gorgias_id
        if number is not None and self._before is not None and (name, number) in self._before:
            return False
        if create.state is not State.ADOPTED:
            return True
        if (name, create.key.source_id) in self._archived:
            return True
        if name == "tickets":
            return True  # only its own external id leads to a ticket
        # Found after its own answer was lost, and not there before: the one that we made.
        doubted = create.key.source_id in self._doubts[name] or create.detail == BY_EXTERNAL_ID
        return self._before is not None and doubted and (name, number) not in self._images_of_others(create)

    def _images_of_others(self, create: KnownWrite) -> set[tuple[str, int]]:
        """An image says that somebody else's was filled, unless its own answer was lost before it was found."""
        doubted = create.key.source_id in self._doubts[create.key.object]
        return set() if doubted else set(self._images)

    def image(self, name: str, number: int, rows: Iterable[KnownWrite]) -> Image | None:
        """The image; of an earlier release's ledger the one that was kept with the write that filled the object."""
        if (found := self._images.get((name, number))) is not None:
            return found
        for row in rows:
            if row.key.part == "update" and isinstance(row.before, dict) and row.before.get("id") == number:
                return Image(row.key.source_id, row.before, row.intent_at)
        return None
