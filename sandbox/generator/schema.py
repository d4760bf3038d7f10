"""The tabs of a generated shop: labels as people choose them, with types, options and links.

Labels are chosen so that machine names collide, are cut, or get prefixes (ivinex-api.md 5.2).
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.generator.tables import PLEASE_SELECT, Sequences, Spec, Table

ACTIVITIES, CONTACTS, ORGANIZATIONS, TICKETS, TASKS = 50, 1001, 1002, 10101, 10102
STATUSES = ("New", "Open", "Waiting for Customer", "On Hold", "Resolved", "Closed")
TEAMS = ("Support", "Wholesale", "Warehouse & Returns")
PRIORITIES = ("Low", "Normal", "High", "Urgent")
COUNTRIES = ("United States", "Canada", "Germany", "Austria", "United Kingdom", "France")
TAGS = (
    "Shipping",
    "Return",
    "Refund",
    "Exchange",
    "Damaged",
    "Wholesale",
    "Warranty",
    "Gift Card",
    "Complaint",
    "Praise",
)

CONTACT_FIELDS = (
    Spec("section", "Contact Details", "LAYOUT", "SECTION"),
    Spec("first", "First Name"),
    Spec("last", "Last Name"),
    Spec("email", "Email", "TEXT", "EMAIL"),
    Spec("phone", "Phone", "PHONE NUMBER"),
    Spec("phone2", "2nd Phone", "PHONE NUMBER"),
    Spec(
        "type", "Contact Type", "DROPDOWN", options=(PLEASE_SELECT, "Shopper", "Wholesale Buyer", "Press", "Supplier")
    ),
    Spec("organization", "Organization", "LINKED RECORD", "DROPDOWN", target=ORGANIZATIONS),
    Spec("owner", "Owner", "USER", "DROPDOWN"),
    Spec("street", "Mailing Street", "TEXT", "TEXTAREA"),
    Spec("city", "Mailing City"),
    Spec("country", "Mailing Country", "DROPDOWN", options=(PLEASE_SELECT, *COUNTRIES)),
    Spec("delivery1", "Preferred Delivery Address Line One"),
    Spec("delivery2", "Preferred Delivery Address Line Two"),
    Spec("language", "Preferred Language", "RADIO", options=("English", "Deutsch", "Français")),
    Spec("vip", "VIP Customer", "CHECKBOX"),
    Spec("since", "Customer Since", "DATE"),
    Spec("orders", "# of Orders", "NUMBER"),
    Spec("lifetime", "Lifetime Value", "CURRENCY"),
    Spec("interests", "Interests", "MULTI SELECT", options=("Outdoor", "Kitchen", "Garden", "Kids", "Office")),
    Spec("profile", "Shop Profile Link", "TEXT", "HYPERLINK"),
    Spec("notes", "Sales & Returns / Notes", "TEXT", "TEXTAREA"),
    Spec("quick", "New Ticket Button", "LAYOUT", "BUTTON", listed=False),
)
ORGANIZATION_FIELDS = (
    Spec("section", "Company", "LAYOUT", "SECTION"),
    Spec("name", "Organization Name"),
    Spec("domain", "Domain"),
    Spec("website", "Website", "TEXT", "HYPERLINK"),
    Spec("phone", "Main Phone", "PHONE NUMBER"),
    Spec(
        "industry",
        "Industry",
        "DROPDOWN",
        options=(PLEASE_SELECT, "Retail", "Hospitality", "Education", "Manufacturing", "Other"),
    ),
    Spec("manager", "Account Manager", "USER", "DROPDOWN"),
    Spec("tier", "Service Tier", "RADIO", options=("Bronze", "Silver", "Gold")),
    Spec("revenue", "Annual Revenue", "CURRENCY"),
    Spec("employees", "Number of Employees", "NUMBER"),
    Spec("contract", "Contract Start", "DATE"),
    Spec("discount", "Discount Rate %", "DECIMAL"),
    Spec("exempt", "Tax Exempt", "CHECKBOX"),
    Spec("street", "Billing Street", "TEXT", "TEXTAREA"),
    Spec("city", "Billing City"),
    Spec("notes", "Account Notes", "TEXT", "RICH TEXT"),
)
TICKET_FIELDS = (
    Spec("section", "Ticket", "LAYOUT", "SECTION"),
    Spec("number", "Ticket Number"),
    Spec("subject", "Subject"),
    Spec("description", "Description", "TEXT", "RICH TEXT"),
    Spec("status", "Status", "DROPDOWN", options=STATUSES),
    Spec("priority", "Priority", "DROPDOWN", options=(PLEASE_SELECT, *PRIORITIES)),
    Spec("contact", "Contact", "LINKED RECORD", "DROPDOWN", target=CONTACTS),
    Spec("owner", "Owner", "USER", "DROPDOWN"),
    Spec("escalated_to", "Escalated To", "USER", "DROPDOWN"),
    Spec("team", "Team", "DROPDOWN", options=(PLEASE_SELECT, *TEAMS)),
    Spec("tags", "Tags", "MULTI SELECT", options=TAGS),
    Spec(
        "product",
        "Product Line",
        "DROPDOWN",
        options=(PLEASE_SELECT, "Tents", "Cookware", "Furniture", "Toys", "Spare Parts"),
    ),
    Spec("source", "From", "RADIO", options=("E-mail", "Phone", "Web Form", "In Person")),
    Spec("order", "Order Number"),
    Spec("order_total", "Order Total", "CURRENCY"),
    Spec("refund", "Refund Amount", "CURRENCY"),
    Spec("items", "Items Affected", "NUMBER"),
    Spec("carrier", "Return Shipment Tracking Carrier"),
    Spec("tracking", "Return Shipment Tracking Number"),
    Spec("link", "Tracking Link", "TEXT", "HYPERLINK"),
    Spec("escalated", "Escalated", "CHECKBOX"),
    Spec("due", "Due Date", "DATE"),
    Spec("closed", "Date Closed", "DATE TIME"),
    Spec("photo", "Photo", "FILE"),
    Spec("age", "Age in Days", "EQUATION"),
)
ACTIVITY_FIELDS = (
    Spec("kind", "Activity", "DROPDOWN", options=("Email In", "Email Out", "Call", "Note", "Task"), first_option=1001),
    Spec("subject", "Subject"),
    Spec("description", "Description", "TEXT", "TEXTAREA"),
    Spec("body", "Body", "TEXT", "RICH TEXT"),
    Spec("plain", "Body Plain", "TEXT", "TEXTAREA"),
    Spec("status", "Status", "DROPDOWN", options=("Not Started", "In Progress", "Completed"), first_option=10001),
    Spec("priority", "Priority", "DROPDOWN", options=("Low", "Normal", "High"), first_option=10011),
    Spec("assigned", "Assigned", "USER", "DROPDOWN"),
    Spec("ticket", "Ticket", "LINKED RECORD", "DROPDOWN", target=TICKETS),
    Spec("date", "Date", "DATE"),
    Spec("start", "Start Time", "DATE TIME"),
    Spec("end", "End Time", "DATE TIME"),
    Spec("all_day", "All Day Event", "CHECKBOX"),
    Spec("location", "Location"),
    Spec("email_id", "Email ID"),
    Spec("sender", "From", "TEXT", "EMAIL"),
    Spec("to", "Email To", "TEXT", "EMAIL"),
    Spec("cc", "CC", "TEXT", "EMAIL"),
    Spec("bcc", "BCC", "TEXT", "EMAIL"),
    Spec("opened", "Date Email Opened", "DATE TIME"),
    Spec("duration", "Call Duration", "TEXT", "DURATION"),
    Spec(
        "disposition",
        "Call Disposition",
        "DROPDOWN",
        options=(PLEASE_SELECT, "Answered", "Left Voicemail", "No Answer", "Busy"),
    ),
    Spec("direction", "Call Direction", "RADIO", options=("Inbound", "Outbound")),
    Spec("caller", "Phone Number", "PHONE NUMBER"),
    Spec("files", "Email Attachments", "FILE"),
)
TASK_FIELDS = (
    Spec("subject", "Task"),
    Spec("description", "Description", "TEXT", "TEXTAREA"),
    Spec("status", "Status", "DROPDOWN", options=("Not Started", "In Progress", "Waiting", "Completed")),
    Spec("priority", "Priority", "DROPDOWN", options=(PLEASE_SELECT, *PRIORITIES)),
    Spec("owner", "Owner", "USER", "DROPDOWN"),
    Spec("ticket", "Ticket", "LINKED RECORD", "DROPDOWN", target=TICKETS),
    Spec("contact", "Contact", "LINKED RECORD", "DROPDOWN", target=CONTACTS),
    Spec("due", "Due Date", "DATE"),
    Spec("completed", "Date Completed", "DATE TIME"),
    Spec("reminder", "Send Reminder", "CHECKBOX"),
    Spec("hours", "Estimated Hours", "DECIMAL"),
    Spec(
        "category",
        "Category",
        "DROPDOWN",
        options=(PLEASE_SELECT, "Call Back", "Ship Replacement", "Restock", "Bookkeeping"),
    ),
    Spec("section", "Task", "LAYOUT", "SECTION"),
)


class Schema:
    """The five tabs."""

    def __init__(
        self, sequences: Sequences, more_ticket_fields: tuple[Spec, ...] = (), more_kinds: tuple[str, ...] = ()
    ) -> None:
        """Numbers every field and option of the site.

        Args:
            more_kinds: of activities, after the shop's own.
        """
        kind, *others = ACTIVITY_FIELDS
        activity_fields = (replace(kind, options=kind.options + more_kinds), *others)
        self.organizations = Table(ORGANIZATIONS, "Organizations", ORGANIZATION_FIELDS, sequences)
        self.contacts = Table(CONTACTS, "Contacts", CONTACT_FIELDS, sequences)
        self.tickets = Table(TICKETS, "Tickets", TICKET_FIELDS + more_ticket_fields, sequences)
        self.activities = Table(ACTIVITIES, "Activities", activity_fields, sequences)
        self.tasks = Table(TASKS, "Tasks", TASK_FIELDS, sequences)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tabs."""
        return self.organizations, self.contacts, self.tickets, self.activities, self.tasks
