"""Per object type: what the write gate must know of it. The table of all types is here; each type is in its file."""

from resources.gorgias.client import Reader
from resources.gorgias.writer.object_types.account import Switched
from resources.gorgias.writer.object_types.additions import (
    Choices,
    Data,
    Deletion,
    Files,
    MessageFiles,
    TeamMembers,
    TicketUpdate,
    Update,
    Values,
)
from resources.gorgias.writer.object_types.jobs import Jobs
from resources.gorgias.writer.object_types.named import CustomFields, Tags, Teams
from resources.gorgias.writer.object_types.object_type import Found, ObjectType
from resources.gorgias.writer.object_types.records import Customers, Messages, Tickets, TrialTickets, Users

__all__ = ["Found", "ObjectType", "object_types"]


def object_types(reader: Reader) -> dict[tuple[str, str], ObjectType]:
    """(object, part) -> what the gate knows of it."""
    members = TeamMembers(reader)
    update, values, deletion = Update(reader), Values(reader), Deletion(reader)
    switched = Switched(reader)
    tickets, customers = Tickets(reader), Customers(reader)
    return {
        ("tickets", "create"): tickets,
        ("tickets", "update"): TicketUpdate(reader),
        ("tickets", "files_update"): update,
        ("messages", "update"): update,
        ("messages", "append"): Messages(reader),
        ("messages", "files"): MessageFiles(reader),
        ("files", "upload"): Files(reader),
        ("customers", "create"): customers,
        ("customers", "update"): update,
        ("customers", "values"): values,
        ("customers", "data"): Data(reader),
        ("users", "create"): Users(reader),
        ("tags", "create"): Tags(reader),
        ("teams", "create"): Teams(reader),
        ("teams", "update"): members,
        ("teams", "members"): members,
        ("custom_fields", "create"): CustomFields(reader),
        ("custom_fields", "update"): update,
        ("preflight", "off"): switched,
        ("preflight", "restore"): switched,
        ("custom_fields", "choices"): Choices(reader),
        **{(name, "delete"): deletion for name in ("tickets", "customers", "teams", "tags", "users")},
        ("customers", "restore"): update,
        ("customers", "restore_values"): values,
        ("customers", "restore_data"): Data(reader),
        ("teams", "restore"): members,
        **{("custom_fields", part): update for part in ("restore", "deactivate", "reactivate")},
        ("jobs", "order"): Jobs(reader),
        ("canary", "tag"): Tags(reader),
        ("canary", "delete_tag"): deletion,
        ("canary", "customer"): customers,
        ("canary", "ticket"): TrialTickets(reader),
        ("canary", "delete_ticket"): deletion,
        ("canary", "delete_customer"): deletion,
    }
