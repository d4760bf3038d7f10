"""Custom fields that a rollback archived, made active again: no call deletes one, and its label stays taken.

It belongs here: doing so before a load creates its fields. It does not: archiving (execute.py).
"""

from collections.abc import Iterable

from resources.gorgias.writer.write import Write
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.records import WRITTEN, State, WriteKey


def reactivate(writer: Writer, ledger: Ledger, creates: Iterable[Write]) -> int:
    """Activate what these creates stand for and take it as their result; returns how many."""
    wanted = {create.key: create for create in creates}
    known = ledger.known_writes.known(list(wanted))
    back = [key for key, row in known.items() if row.state is State.ROLLED_BACK]
    archived = ledger.known_writes.known([WriteKey(key.object, key.source_id, "deactivate") for key in back])
    taken = 0
    for key in back:
        row = archived.get(WriteKey(key.object, key.source_id, "deactivate"))
        if row is None or row.state not in WRITTEN or row.gorgias_id is None:
            continue
        write, number = wanted[key], row.gorgias_id
        body = write.body | {"deactivated_datetime": None}
        again = WriteKey(key.object, key.source_id, "reactivate")
        basis = [number, str(row.settled_at)]
        writer.apply([Write(again, "PUT", f"{write.path}/{number}", body, basis=basis)])
        if ledger.known_writes.known([again])[again].state in WRITTEN:
            taken += writer.adopt([(write, number)])
    return taken
