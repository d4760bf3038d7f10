"""Links that only the related-items call knows: of whole tabs, of a sample, of every parent (A-11).

Belongs here: the calls and the comparison with what the link fields say. Does not belong here: the link fields
themselves and what is kept in the end (resolve.py).
"""

from collections.abc import Callable, Iterator
from typing import Final

import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.relations.model import RelationGroup, RelationResult
from resources.ivinex.client import IvinexClient
from resources.ivinex.failures import IvinexFailure
from resources.ivinex.response_parser import BrokenLink, Tab
from resources.warehouse import Warehouse

_FIRST: Final = 5
"""So many failures before any answer mean that the site does not answer so."""
_IN_A_ROW: Final = 20
"""So many mean that it does not answer now."""
SAMPLE: Final = 50
BARE_SAMPLE: Final = 500
WHOLE_UP_TO: Final = 1_000
_BATCH: Final = 20_000


class NotServed(Exception):
    """The site answers for no record."""

    def __init__(self, failure: IvinexFailure) -> None:
        self.failure = failure
        super().__init__(str(failure))


def by_whole_tabs(client: IvinexClient, warehouse: Warehouse, group: RelationGroup, result: RelationResult) -> bool:
    """Takes the links of each parent tab in one go; False where the site does not answer so (A-11).

    A row that is no link is one bad record: it is noted in the result under its parent, and the others count.
    """
    for parent in group.tabs:
        batches = client.all_links(parent)
        if batches is None:
            return False
        for batch in batches:
            pairs, others = [], []
            for link in batch:
                if isinstance(link, BrokenLink):
                    result.unread[_bad_end(link, parent)] = "a row of its tab's links cannot be read"
                    continue
                ends = [f"ivinex:{tab}:{record}" for tab, record in (link.one, link.other)]
                hung = False
                for (child, _), (other, _), named in (
                    (link.one, link.other, ends),
                    (link.other, link.one, ends[::-1]),
                ):
                    if child in group.relation_of and other == parent.collection_type_id:
                        pairs.append((named[0], named[1]))
                        hung = True
                if not hung:
                    others.append((parent.collection_type_id, ends[0], ends[1]))
            _append(warehouse, group, pairs)
            keep_others(warehouse, others)
    return bool(group.tabs)


def _bad_end(link: BrokenLink, parent: Tab) -> str:
    numbers = [number for tab, number in link.ends if tab == parent.collection_type_id]
    return f"ivinex:{parent.collection_type_id}:{numbers[0] if numbers else link.name}"


def verify_links(client: IvinexClient, warehouse: Warehouse, group: RelationGroup, result: RelationResult) -> None:
    """Asks for a sample of parents and writes into the result where the join lacks something."""
    sample = _sample(warehouse, group, whole=not result.whole_tab)
    joined = _joined(warehouse, group, sample["source_id"].tolist())
    unlisted = 0
    try:
        for parent, found in _ask(client, warehouse, group, sample, result):
            result.sampled += 1
            result.differing += bool(found - joined.get(parent, set()))
            unlisted += bool(joined.get(parent, set()) - found)
    except NotServed as failure:
        result.notes.append(f"the join is not proved per record, the site does not answer so (A-11): {failure}")
    if unlisted:
        result.notes.append(f"{unlisted} sampled records have links by field that the related items do not list")
    if result.differing:
        result.notes.append(
            f"{result.differing} of {result.sampled} sampled records have links that the join lacks, "
            "so every one was asked"
        )


def _sample(warehouse: Warehouse, group: RelationGroup, *, whole: bool) -> pd.DataFrame:
    """Parents to ask: chosen by the hash of their id, plus those without any child so far."""
    return warehouse.query(
        f"""
        WITH ranked AS (
            SELECT source_id, collection_type_id, collection_id,
                   row_number() OVER (ORDER BY md5(source_id)) AS place,
                   source_id NOT IN (
                       SELECT to_source_id FROM ivinex.link_rows WHERE list_contains($roles, role)) AS bare
            FROM {group.parents.name}),
        bare AS (SELECT source_id FROM ranked WHERE bare ORDER BY place LIMIT $bare)
        SELECT source_id, collection_type_id, collection_id FROM ranked
        WHERE place <= $sample OR source_id IN (SELECT source_id FROM bare) ORDER BY place
        """,  # noqa: S608
        {"roles": group.relations, "sample": WHOLE_UP_TO if whole else SAMPLE, "bare": BARE_SAMPLE},
    )


def _joined(warehouse: Warehouse, family: RelationGroup, parents: list[str]) -> dict[str, set[str]]:
    rows = warehouse.query(
        "SELECT DISTINCT to_source_id, from_source_id FROM ivinex.link_rows "
        "WHERE list_contains(?, role) AND list_contains(?, to_source_id)",
        [family.relations, parents],
    )
    return {str(parent): set(group) for parent, group in rows.groupby("to_source_id")["from_source_id"]}


def per_parent(
    client: IvinexClient, warehouse: Warehouse, group: RelationGroup, result: RelationResult, log: Callable[[str], None]
) -> None:
    """Asks for every parent.

    Raises:
        IvinexFailure: the site does not answer so, or does not answer at all.
    """
    everyone = warehouse.query(
        f"SELECT source_id, collection_type_id, collection_id FROM {group.parents.name} ORDER BY source_id"  # noqa: S608
    )
    pairs: list[tuple[str, str]] = []
    try:
        for done, (parent, found) in enumerate(_ask(client, warehouse, group, everyone, result), start=1):
            pairs.extend((child, parent) for child in found)
            if len(pairs) >= _BATCH:
                _append(warehouse, group, pairs)
                log(f"{' and '.join(group.relations)}: {done} of {len(everyone)} asked one by one")
                pairs = []
    except NotServed as refused:
        raise refused.failure from None
    _append(warehouse, group, pairs)
    log(f"{' and '.join(group.relations)}: {len(everyone)} asked one by one")


def _ask(
    client: IvinexClient, warehouse: Warehouse, group: RelationGroup, rows: pd.DataFrame, result: RelationResult
) -> Iterator[tuple[str, set[str]]]:
    """Yields (parent source id, child source ids) for each row, several requests in flight.

    A parent whose answer cannot be read is one bad record: it is noted in the result, and the others go on.

    Raises:
        NotServed: the first parents all failed.
        IvinexFailure: the site does not answer.
    """
    answered, in_a_row = False, 0
    others: list[tuple[str, str, str]] = []
    unread: dict[str, str] = {}
    for parent in group.tabs:
        mine = rows[rows["collection_type_id"] == parent.collection_type_id]
        for record_id, items in client.related_of(parent, mine["collection_id"].tolist()):
            source_id = f"ivinex:{parent.collection_type_id}:{record_id}"
            if isinstance(items, IvinexFailure):
                unread[source_id] = f"its related items cannot be read: {type(items).__name__}"
                in_a_row, last = in_a_row + 1, items
                if not answered and in_a_row >= _FIRST:
                    raise NotServed(items)
                if in_a_row >= _IN_A_ROW:
                    raise items
                continue
            answered, in_a_row = True, 0
            result.unread.pop(source_id, None)
            named = {
                (item.collection_type_id, f"ivinex:{item.collection_type_id}:{item.collection_id}") for item in items
            }
            others += [
                (parent.collection_type_id, source_id, one) for tab, one in named if tab not in group.relation_of
            ]
            if len(others) >= _BATCH:
                keep_others(warehouse, others)
                others = []
            yield source_id, {one for tab, one in named if tab in group.relation_of}
    keep_others(warehouse, others)
    if unread and not answered:
        raise NotServed(last)
    result.unread |= unread


def keep_others(warehouse: Warehouse, links: list[tuple[str, str, str]]) -> None:
    """Links of the asked records with records that do not hang on them."""
    if links:
        warehouse.append(tables.OTHER_LINKS, pd.DataFrame(links, columns=list(tables.OTHER_LINKS.columns)))


def _append(warehouse: Warehouse, group: RelationGroup, pairs: list[tuple[str, str]]) -> None:
    """Pairs of child and parent; the child's tab says of which relation."""
    frame = pd.DataFrame(pairs, columns=["from_source_id", "to_source_id"], dtype="str")
    frame["role"] = frame["from_source_id"].str.split(":").str[1].map(dict(group.relation_of)).astype("str")
    warehouse.append(tables.LINK_ROWS, frame.assign(via="related"))


_LINK_FIELDS = """
    SELECT f.collection_type_id AS tab, f.field_name AS field, f.linked_collection_type_id AS linked, t.role
    FROM ivinex.fields f JOIN ivinex.tabs t USING (collection_type_id)
    WHERE f.kind = 'link' AND (f.collection_type_id IN (SELECT unnest($tabs::VARCHAR[]))
        OR f.linked_collection_type_id IN (SELECT unnest($tabs::VARCHAR[])))
"""
_NOT_HELD = f"""
    CREATE OR REPLACE TABLE ivinex.not_held AS
    SELECT DISTINCT one_source_id AS one, other_source_id AS other FROM {tables.OTHER_LINKS.name}
    WHERE asked_tab IN (SELECT unnest($tabs::VARCHAR[])) AND one_source_id <> other_source_id
"""  # noqa: S608
_HELD = """
    DELETE FROM ivinex.not_held WHERE ({owner}, {linked}) IN (
        SELECT (source_id, 'ivinex:' || $linked || ':' || trim(
            json_extract_string(CASE WHEN json_valid(raw) THEN raw END, $path)))
        FROM {table} WHERE collection_type_id = $tab)
"""


def look_elsewhere(warehouse: Warehouse, group: RelationGroup, result: RelationResult) -> None:
    """Counts the sampled parents that have a link which hangs nothing on them and stands in no link field.

    A link to a tab without a role counts as well: its fields are not here to tell it.
    """
    tabs = [parent.collection_type_id for parent in group.tabs]
    with warehouse.transaction() as tx:
        tx.execute(_NOT_HELD, {"tabs": tabs})
        for link in tx.rows(_LINK_FIELDS, {"tabs": tabs}):
            table = tables.OF_ROLE.get(link.pop("role"))
            if table is None or not tx.exists(table):
                continue
            path = "/" + link.pop("field").replace("~", "~0").replace("/", "~1")
            for owner, linked in (("one", "other"), ("other", "one")):
                tx.execute(_HELD.format(owner=owner, linked=linked, table=table.name), {**link, "path": path})
        result.linked_elsewhere = int(tx.scalar("SELECT count(DISTINCT one) FROM ivinex.not_held"))
        tx.execute("DROP TABLE ivinex.not_held")
    if result.linked_elsewhere:
        result.notes.append(
            f"{result.linked_elsewhere} of {result.sampled} sampled records have links that no field holds, "
            "so every one was asked"
        )
