"""A small map with its schema, and a whole migration of a few tickets for tests that only look."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from handed_over import Handed, hand_over
from mini_migration import dataset_of, mini_migration

from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.mapping.model import FieldMap, Mapping, Target

STATUS = {"1": "New", "2": "Open", "3": "Resolved", "4": "Closed"}


def item(source: str, number: int, target: Target, tab: str = "20", **more: Any) -> FieldMap:
    return FieldMap(collection_type_id=tab, source=source, field_id=str(number), target=target, reason="test", **more)


def standard(name: str) -> Target:
    return Target(to="standard", name=name)


@pytest.fixture
def mapping() -> Mapping:
    closed = {"New": "open", "Open": "open", "Resolved": "closed", "Closed": "closed"}
    ticket = [
        item("status", 1, standard("status"), kind="dropdown", transform="option", values=closed, default="open"),
        item("status", 1, Target(to="custom_field", name="Ivinex status"), kind="dropdown", transform="option"),
        item("owner", 2, standard("assignee"), kind="user", transform="user_id"),
        item("tags", 3, standard("tags"), kind="multi", transform="labels"),
        item("escalated", 4, Target(to="custom_field", name="Escalated"), kind="checkbox", transform="boolean"),
        item("due", 5, Target(to="meta", name="due"), kind="date"),
        item("secret", 6, Target(to="skip")),
        item("subject", 7, standard("subject")),
        item("created_date", 8, standard("created"), kind="default"),
    ]
    contact = [item("vip", 9, Target(to="custom_field", name="VIP"), "10", kind="checkbox", transform="boolean")]
    return Mapping(
        time_zone="UTC", roles={"contact": ["10"], "ticket": ["20"]}, fields={"ticket": ticket, "contact": contact}
    )


@pytest.fixture
def lookup(mapping: Mapping) -> TargetLocations:
    labels = {
        "status": "Status",
        "owner": "Owner",
        "tags": "Tags",
        "escalated": "Escalated",
        "due": "Due Date",
        "secret": "Secret",
        "subject": "Subject",
        "created_date": "Date Created",
    }
    options = json.dumps([{"id": key, "label": label} for key, label in STATUS.items()])
    fields = [
        {
            "collection_type_id": "20",
            "field_name": name,
            "label": label,
            "options": options if name == "status" else "[]",
        }
        for name, label in labels.items()
    ]
    fields.append({"collection_type_id": "10", "field_name": "vip", "label": "VIP", "options": "[]"})
    tabs = [
        {"collection_type_id": number, "tab": name, "role": role}
        for number, name, role in (("10", "Contacts", "contact"), ("20", "Tickets", "ticket"))
    ]
    users = [
        {"source_id": f"ivinex:user:{n}", "user_id": str(n), "username": name, "name": None, "email": None}
        for n, name in ((1, "ann"), (2, "bob"))
    ]
    field_ids = {"ivinex:field:20:1": 501, "ivinex:field:20:4": 504, "ivinex:field:10:9": 509}
    return TargetLocations.of(mapping, tabs, fields, users, {"ivinex:user:1": 12}, field_ids)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dataset_of(tmp_path_factory.mktemp("dataset") / "site")


@pytest.fixture(scope="module")
def handed(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handed]:
    with mini_migration(dataset, tmp_path_factory.mktemp("handed")) as migration:
        yield hand_over(migration)
