"""The relations of the source, and what is known about how their links were found.

Belongs here: which role hangs on which. A `child` is the record that hangs on a `parent`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from migration_assets.ivinex import tables
from resources.ivinex.response_parser import Tab
from resources.warehouse import Table


@dataclass(frozen=True)
class Relation:
    """Records of one role that hang on those of another.

    Attributes:
        name: `activity_ticket`, `task_ticket` or `contact_organization`.
        child: role of the records that hang on others.
        parent: role of the others.
        children: present-state table of the child role.
        parents: present-state table of the parent role.
    """

    name: str
    child: str
    parent: str
    children: Table
    parents: Table


ACTIVITY_TICKET: Final = Relation("activity_ticket", "activity", "ticket", tables.ACTIVITY_SWEEP, tables.TICKET_SWEEP)
TASK_TICKET: Final = Relation("task_ticket", "task", "ticket", tables.TASKS, tables.TICKET_SWEEP)
CONTACT_ORGANIZATION: Final = Relation(
    "contact_organization", "contact", "organization", tables.CONTACTS, tables.ORGANIZATIONS
)


@dataclass(frozen=True)
class RelationGroup:
    """Everything that hangs on the records of one role, since one answer on a record names all of it.

    Attributes:
        parents: present-state table of the parent role.
        tabs: tabs of the parent role.
        relation_of: tab of a child -> name of its relation.
    """

    parents: Table
    tabs: Sequence[Tab]
    relation_of: Mapping[str, str]

    @property
    def relations(self) -> list[str]:
        """Names of the relations that have a tab."""
        return sorted(set(self.relation_of.values()))


@dataclass
class RelationResult:
    """How the links of one parent role were found.

    Attributes:
        links: rows in `ivinex.links`.
        by_field: of these, known from a link field.
        mode: `sweep` or `ticket` (per parent record).
        whole_tab: the site answered for whole tabs.
        sampled: parents asked one by one to prove the join.
        differing: sampled parents with a link that the join lacked.
        linked_elsewhere: sampled parents with a link to a record that does not hang on them, and that no field holds.
        unread: source id of a parent whose related items, or one of them, could not be read -> why.
        notes: sentences for a person.
    """

    links: int = 0
    by_field: int = 0
    mode: str = "sweep"
    whole_tab: bool = False
    sampled: int = 0
    differing: int = 0
    linked_elsewhere: int = 0
    unread: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        """The numbers for the UI."""
        return {
            "links": self.links,
            "links_by_field": self.by_field,
            "relations_mode": self.mode,
            "whole_tab_links": self.whole_tab,
            "sampled": self.sampled,
            "differing": self.differing,
            "linked_elsewhere": self.linked_elsewhere,
            "unread": len(self.unread),
            "relations_note": "; ".join(self.notes),
        }
