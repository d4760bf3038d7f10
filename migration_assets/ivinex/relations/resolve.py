"""Which record hangs on which: link fields joined, related items united with them, the whole proved.

Belongs here: related records (docs/reading-ivinex.md) for all relations (model.py). Does not belong here: the calls
(related_items.py), the partitions and books of either side.
"""

from collections.abc import Callable, Sequence

import pandas as pd

from migration_assets.ivinex import tables
from migration_assets.ivinex.relations.model import Relation, RelationGroup, RelationResult
from migration_assets.ivinex.relations.related_items import by_whole_tabs, look_elsewhere, per_parent, verify_links
from migration_assets.ivinex.schema import schema_reader
from resources.ivinex.client import IvinexClient
from resources.ivinex.response_parser import Tab
from resources.ledger import Ledger
from resources.ledger.records import Loss
from resources.warehouse import Connection, Warehouse

STAGE = "ivinex relations"
"""What the ledger calls the stage that finds links."""


def resolve_links(
    client: IvinexClient,
    warehouse: Warehouse,
    relations: Sequence[Relation],
    mode: str,
    *,
    log: Callable[[str], None] = print,
) -> RelationResult:
    """Finds all links of relations that share their parent role and replaces them in `ivinex.links`.

    Args:
        relations: their links come with the same answers, so no parent is asked twice.
        mode: IVINEX_RELATIONS. `sweep` joins link fields and takes whole-tab answers; `ticket` asks for every
            parent; `auto` joins, proves itself on a sample of parents, and asks for every one where the two
            differ. Where the site gives no whole-tab answer the sample is every parent up to 1,000, and every one is
            asked where one of these has a link in no field: it would otherwise be found by luck only.

    Raises:
        IvinexFailure: a read failed; the links are as they were.
    """
    result = RelationResult()
    names = [relation.name for relation in relations]
    parents = schema_reader.tabs_of(warehouse, relations[0].parent)
    children = {relation.name: schema_reader.tabs_of(warehouse, relation.child) for relation in relations}
    relation_of = {tab.collection_type_id: name for name, tabs in children.items() for tab in tabs}
    family = RelationGroup(relations[0].parents, parents, relation_of)
    with warehouse.transaction() as tx:
        tx.ensure(
            tables.LINKS,
            tables.LINK_ROWS,
            tables.OTHER_LINKS,
            tables.LINK_READS,
            family.parents,
            *(relation.children for relation in relations),
        )
        tx.delete_slice(tables.LINK_ROWS, "role", names)
        tx.delete_slice(tables.OTHER_LINKS, "asked_tab", [parent.collection_type_id for parent in parents])
    for relation in relations:
        _by_fields(warehouse, relation, children[relation.name], parents)
    if mode != "ticket":
        result.whole_tab = by_whole_tabs(client, warehouse, family, result)
    if mode == "auto":
        verify_links(client, warehouse, family, result)
    everyone = int(warehouse.scalar(f"SELECT count(*) FROM {family.parents.name}"))  # noqa: S608
    partly = not result.whole_tab and result.sampled < everyone
    if mode == "auto" and partly and result.sampled:
        look_elsewhere(warehouse, family, result)
    if mode == "ticket" or result.differing or result.linked_elsewhere:
        result.mode = "ticket"
        per_parent(client, warehouse, family, result, log)
    for relation in relations:
        _keep(warehouse, relation, result)
    known = everyone if result.mode == "ticket" or not partly else result.sampled
    if known < everyone:
        result.notes.append(f"links that no field holds are known of {known} of {everyone} records")
    with warehouse.transaction() as tx:
        tx.delete_slice(tables.LINK_READS, "parent", [relations[0].parent])
        row = {"parent": relations[0].parent, "records": everyone, "asked": known}
        tx.append(tables.LINK_READS, pd.DataFrame([row]))
    log(
        f"{' and '.join(names)}: {result.links} links ({result.by_field} by field), mode {result.mode}, "
        f"{result.sampled} asked to prove it, {result.differing} differ"
    )
    return result


def record_unread(ledger: Ledger, name: str, result: RelationResult) -> None:
    """Tells of each record whose related items could not be read: what hangs on it by no field may be missing.

    Args:
        name: of the parents' object in the balance.
    """
    losses = [
        Loss(field="related items", kind="could not be read", source_id=source_id, detail=reason)
        for source_id, reason in sorted(result.unread.items())
    ]
    ledger.losses.record_losses(STAGE, name, losses)


def _by_fields(warehouse: Warehouse, relation: Relation, children: Sequence[Tab], parents: Sequence[Tab]) -> None:
    """Joins link fields of either side; `linked_record` with `linked_module` names the tab in the record itself."""
    polymorphic = "c.raw ->> '$.linked_record' = p.collection_id AND c.raw ->> '$.linked_module' = p.collection_type_id"
    with warehouse.transaction() as tx:
        for child in children:
            for parent in parents:
                for name in _link_fields(tx, child, parent):
                    _join(tx, relation, child, parent, f"c.raw ->> '$.\"{name}\"' = p.collection_id", name)
                for name in _link_fields(tx, parent, child):
                    _join(tx, relation, child, parent, f"p.raw ->> '$.\"{name}\"' = c.collection_id", name)
                if _names_its_tab(tx, child):
                    _join(tx, relation, child, parent, polymorphic, "linked_record")


def _link_fields(tx: Connection, owner: Tab, target: Tab) -> list[str]:
    names = tx.query(
        "SELECT field_name FROM ivinex.fields WHERE collection_type_id = ? AND kind = 'link' "
        "AND linked_collection_type_id = ? AND regexp_full_match(field_name, '[A-Za-z0-9_]+')",
        [owner.collection_type_id, target.collection_type_id],
    )
    return list(names["field_name"])


def _names_its_tab(tx: Connection, child: Tab) -> bool:
    return bool(
        tx.scalar(
            "SELECT count(*) = 2 FROM ivinex.fields WHERE collection_type_id = ? "
            "AND field_name IN ('linked_record', 'linked_module')",
            [child.collection_type_id],
        )
    )


def _join(tx: Connection, relation: Relation, child: Tab, parent: Tab, condition: str, name: str) -> None:
    tx.execute(
        f"""
        INSERT INTO ivinex.link_rows BY NAME
        SELECT c.source_id AS from_source_id, p.source_id AS to_source_id, $role AS role, $via AS via
        FROM {relation.children.name} c JOIN {relation.parents.name} p ON {condition}
        WHERE c.collection_type_id = $child AND p.collection_type_id = $parent
        """,  # noqa: S608
        {
            "role": relation.name,
            "via": f"field:{name}",
            "child": child.collection_type_id,
            "parent": parent.collection_type_id,
        },
    )


def _keep(warehouse: Warehouse, relation: Relation, result: RelationResult) -> None:
    """Replaces the relation's links by those between records that are present; a field names its link first."""
    with warehouse.transaction() as tx:
        tx.delete_slice(tables.LINKS, "role", [relation.name])
        tx.execute(
            f"""
            INSERT INTO ivinex.links BY NAME
            SELECT from_source_id, to_source_id, role, min(via) AS via FROM ivinex.link_rows l
            SEMI JOIN {relation.children.name} c ON c.source_id = l.from_source_id
            SEMI JOIN {relation.parents.name} p ON p.source_id = l.to_source_id
            WHERE role = $role GROUP BY ALL
            """,  # noqa: S608
            {"role": relation.name},
        )
        count = "SELECT count(*) FROM ivinex.links WHERE role = ?"
        kept = int(tx.scalar(count, [relation.name]))
        result.links += kept
        result.by_field += int(tx.scalar(f"{count} AND via LIKE 'field:%'", [relation.name]))
        dangling = tx.scalar(
            "SELECT count(DISTINCT (from_source_id, to_source_id)) FROM ivinex.link_rows WHERE role = ?",
            [relation.name],
        )
        tx.delete_slice(tables.LINK_ROWS, "role", [relation.name])
    if int(dangling) > kept:
        result.notes.append(f"{int(dangling) - kept} links lead to records that no full scan has read")
