"""staging.users: who tickets and messages belong to, and whether Gorgias must have them."""

from checks.schemas.limits import address, flag, not_blank, one_of, row_rule, schema, text, whole

SCHEMA = schema(
    "users",
    {
        "source_id": text("`ivinex:user:<id>`", unique=True),
        "user_id": text("Ivinex's user id"),
        "name": text("full name, or the user name", not_blank()),
        "email": text("the address to find or create in Gorgias; a stub address for stubs", address(), nullable=True),
        "active": flag("active in Ivinex"),
        "disposition": text(
            "match: must exist in Gorgias; stub: owns records only; unused", one_of("match", "stub", "unused")
        ),
        "role": text(
            "role to create the user with (gorgias-api.md 6.2)",
            one_of("admin", "agent", "basic-agent", "lite-agent", "observer-agent"),
        ),
        "records": whole("records that name this user"),
    },
    "Ivinex users with what becomes of each in Gorgias.",
    [row_rule(lambda rows: (rows["disposition"] == "unused") | rows["email"].notna(), "a needed user has an address")],
)
