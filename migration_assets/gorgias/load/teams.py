"""Teams with their members, created before the tickets that name them; a team of the same name is adopted.

An adopted team keeps the members it has: a written list replaces them, so it is read, merged and written whole, with
the image from before in the ledger.
"""

import json
from collections.abc import Iterator
from typing import Any

from migration_assets.gorgias.load.written_definitions import bases_of, enter_definitions
from resources.gorgias.client import Reader
from resources.gorgias.wire import Ref, Team
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger, Outcome
from resources.ledger.records import WRITTEN, WriteKey
from resources.warehouse import Warehouse


def team_writes(warehouse: Warehouse, ledger: Ledger, reader: Reader) -> Iterator[Write]:
    """The create of each team; where it is there already and its members changed, those."""
    rows = warehouse.rows("SELECT * FROM staging.teams ORDER BY source_id")
    users = ledger.known_writes.gorgias_ids("users")
    creates = [_create(row, users) for row in rows]
    known = ledger.known_writes.known([write.key for write in creates])
    for write in creates:
        was = known.get(write.key)
        written = was is not None and was.state in WRITTEN and was.gorgias_id is not None
        if was is not None and written and was.payload_hash != write.payload_hash:
            yield _members(write, f"{write.path}/{was.gorgias_id}", ledger, reader)
        else:
            yield write


def enter_teams(warehouse: Warehouse, ledger: Ledger, wanted: list[Write]) -> None:
    """What the teams hold of us now: members who left the group in Ivinex stay in the team."""
    rows, users = (
        warehouse.rows("SELECT * FROM staging.teams ORDER BY source_id"),
        ledger.known_writes.gorgias_ids("users"),
    )
    creates = [(row, _create(row, users)) for row in rows]
    joined = [write.key for write in wanted if write.key.part == "members"]
    through = {key.source_id for key, row in ledger.known_writes.known(joined).items() if row.state in WRITTEN}
    bases = bases_of(warehouse, "teams", [row["source_id"] for row in rows])
    grown = {
        row["source_id"]: {
            "members": sorted({*json.loads(row["members"]), *(bases.get(row["source_id"], {}).get("members") or ())})
        }
        for row in rows
        if row["source_id"] in through
    }
    enter_definitions(warehouse, ledger, "teams", creates, grown)


def _create(row: dict[str, Any], users: dict[str, int]) -> Write:
    members = sorted(users[source_id] for source_id in json.loads(row["members"]) if source_id in users)
    team = Team(name=row["name"], members=[Ref(id=number) for number in members])
    source_id = row["source_id"]
    outcome = Outcome(source_id, "created")
    return Write(WriteKey("teams", source_id, "create"), "POST", "/api/teams", team.body(), (outcome,))


def _members(create: Write, path: str, ledger: Ledger, reader: Reader) -> Write:
    """Members that joined since the team was written, beside those whom it has by now."""
    key = WriteKey("teams", create.key.source_id, "members")
    wanted = create.body["members"]
    write = Write(key, "PUT", path, {"members": wanted}, basis=wanted)
    known = ledger.known_writes.known([key]).get(key)
    if known is not None and known.state in WRITTEN and known.payload_hash == write.payload_hash:
        return write
    held = [{"id": member["id"]} for member in reader.get(path).get("members") or ()]
    numbers = sorted({member["id"] for member in held + wanted})
    return Write(key, "PUT", path, {"members": [{"id": number} for number in numbers]}, basis=wanted, before=held)
