"""What Gorgias should hold beside tickets: customers, users, teams, tags, custom fields as staged, and their fields.

It belongs here: the wanted side of objects without days. It does not: tickets and messages (expected_tickets.py) and
the comparison (comparator.py). An object that was there before (adopted) keeps what it held (docs/verification.md).
"""

from dataclasses import dataclass

from migration_assets.reconciliation.comparison.comparison_rules import Field

_KEPT = "a.adopted AND h.{0} IS NOT NULL"
EXPECTED_CUSTOMERS = """
    CREATE OR REPLACE TEMP TABLE asked_customers AS
    SELECT '*' AS partition, s.* EXCLUDE (channels),
           named(channels_of(s.channels)) AS channels, named(preferred(channels_of(s.channels))) AS preferred,
           w.gorgias_id, w.adopted, h.gorgias_id IS NOT NULL AS read, h.found, h.survivor_id, NULL::VARCHAR AS language,
           coalesce(b.channels, []) AS brought_channels, b.field_values AS brought_values
    FROM staging.customers s JOIN reconciliation.scope w ON w.object = 'contacts' AND w.source_id = s.source_id
    LEFT JOIN reconciliation.target_customers h ON h.gorgias_id = w.gorgias_id
    LEFT JOIN brought b ON b.survivor_id = w.gorgias_id
"""
BROUGHT = """
    CREATE OR REPLACE TEMP TABLE brought AS
    WITH gone AS (
        SELECT h.survivor_id, s.channels, s.field_values
        FROM reconciliation.target_customers h
        JOIN reconciliation.scope w ON w.object = 'contacts' AND w.gorgias_id = h.gorgias_id
        JOIN staging.customers s ON s.source_id = w.source_id WHERE h.survivor_id IS NOT NULL
    ), given AS (
        SELECT survivor_id, i.gorgias_id::VARCHAR AS number, any_value(e.value) AS value
        FROM gone, json_each(field_values) e
        JOIN reconciliation.ids i ON i.object = 'custom_fields' AND i.source_id = e.key
        GROUP BY ALL
    )
    SELECT survivor_id, flatten(list(named(channels_of(channels)))) AS channels,
           (SELECT json_group_object(number, value) FROM given g WHERE g.survivor_id = gone.survivor_id) AS field_values
    FROM gone GROUP BY survivor_id
"""
"""What customers that were merged away brought to their survivors."""
CUSTOMER_PAIRS = (
    "FROM {asked} a JOIN reconciliation.target_customers h ON h.gorgias_id = a.gorgias_id AND h.found = 'present'"
)
CUSTOMERS_LOST = """
    SELECT partition, '*' AS field, source_id, gorgias_id,
           found || coalesce(' into ' || survivor_id, '') AS detail, NULL AS parent
    FROM asked_customers WHERE found <> 'present'
"""
_ACTUAL, _PREFERRED = "named(channels_of(h.channels))", "named(preferred(channels_of(h.channels)))"

CUSTOMER_FIELDS = [
    Field("external_id", "a.external_id", "h.external_id", equal_if=_KEPT.format("external_id")),
    Field("name", "a.name", "h.name", "text", equal_if=_KEPT.format("name")),
    Field("email", "a.email", "h.email", "address", applies_if="a.email IS NOT NULL", equal_if=_KEPT.format("email")),
    Field(
        "channels",
        "a.channels",
        _ACTUAL,
        "addresses",
        equal_if=f"list_has_all(lowered({_ACTUAL}), lowered(a.channels)) AND (a.adopted "
        f"OR list_has_all(lowered(list_concat(a.channels, a.brought_channels)), lowered({_ACTUAL})))",
    ),
    Field(
        "preferred channel",
        "a.preferred",
        _PREFERRED,
        "addresses",
        applies_if="NOT a.adopted AND a.preferred IS NOT NULL",
        equal_if=f"lowered(a.preferred) = list_filter(lowered({_PREFERRED}), "
        "lambda one: NOT list_contains(lowered(a.brought_channels), one))",
    ),
    Field(
        "data",
        "json_object('ivinex', json(a.data))",
        "json(h.data)",
        applies_if="a.data <> '{}'",
        equal_if="json_contains(h.data, json_object('ivinex', a.data::JSON))",
    ),
    Field("language", "a.language", "h.language", equal_if="a.adopted"),
]


@dataclass(frozen=True)
class Definition:
    """How one kind of definition is compared.

    Attributes:
        staged: its staged table.
        key: the column by which the ledger knows a row.
        fields: compared; `a` is the staged row, `h` the held one with its JSON `facts`.
    """

    staged: str
    key: str
    fields: tuple[Field, ...]

    @property
    def expected(self) -> str:
        """Fills asked_definitions; $name is the object."""
        return _EXPECTED.format(key=self.key, staged=self.staged)


_EXPECTED = """
    CREATE OR REPLACE TEMP TABLE asked_definitions AS
    SELECT '*' AS partition, s.* EXCLUDE ({key}), s.{key} AS source_id, w.gorgias_id, w.adopted,
           EXISTS (SELECT 1 FROM reconciliation.target_definitions r WHERE r.object = $name) AS read,
           h.gorgias_id IS NOT NULL AS present
    FROM {staged} s JOIN reconciliation.scope w ON w.object = $name AND w.source_id = s.{key}
    LEFT JOIN reconciliation.target_definitions h ON h.object = $name AND h.gorgias_id = w.gorgias_id
"""
DEFINITION_PAIRS = """
    FROM {{asked}} a JOIN reconciliation.target_definitions h ON h.object = '{}' AND h.gorgias_id = a.gorgias_id
"""
DEFINITIONS_LOST = """
    SELECT partition, '*' AS field, source_id, gorgias_id, 'gone' AS detail, NULL AS parent
    FROM asked_definitions WHERE NOT present
"""


def _fact(name: str, form: str = "exact") -> Field:
    return Field(name, f"a.{name}", f"h.facts ->> '$.{name}'", form, applies_if="NOT a.adopted")


_MEMBERS = (
    "(SELECT coalesce(list_sort(list(i.gorgias_id)), []) FROM reconciliation.ids i "
    "WHERE i.object = 'users' AND list_contains(a.members::JSON::VARCHAR[], i.source_id))"
)
_ACTUAL_MEMBERS = "(h.facts -> '$.members')::BIGINT[]"

DEFINITIONS_COMPARED = {
    "users": Definition(
        "staging.users",
        "source_id",
        (
            Field("email", "a.email", "h.email", "address"),
            Field("name", "a.name", "h.name", "text", applies_if="NOT a.adopted"),
            Field("external_id", "a.source_id", "h.external_id", applies_if="NOT a.adopted"),
            _fact("role"),
        ),
    ),
    "teams": Definition(
        "staging.teams",
        "source_id",
        (
            Field("name", "a.name", "h.name", "text"),
            # A team that was there before has members of its own beside those of the group.
            Field(
                "members",
                _MEMBERS,
                _ACTUAL_MEMBERS,
                "set",
                equal_if=f"a.adopted AND list_has_all({_ACTUAL_MEMBERS}, {_MEMBERS})",
            ),
        ),
    ),
    "tags": Definition("staging.tags", "name", (Field("name", "a.source_id", "h.name"), _fact("description", "text"))),
    "custom_fields": Definition(
        "staging.custom_fields",
        "source_id",
        (
            Field("label", "lower(a.label)", "lower(h.name)", "text"),
            Field("external_id", "a.external_id", "h.external_id", applies_if="NOT a.adopted"),
            Field("data_type", "a.data_type", "h.facts ->> '$.data_type'"),
            Field("input_type", "a.input_type", "h.facts ->> '$.input_type'"),
            Field("object_type", "a.object_type", "h.facts ->> '$.object_type'"),
            _fact("description", "text"),
            Field(
                "choices",
                "a.choices::JSON::VARCHAR[]",
                "(h.facts -> '$.choices')::VARCHAR[]",
                "set",
                applies_if="a.input_type = 'dropdown' AND a.data_type = 'text'",
                equal_if="a.adopted AND list_has_all((h.facts -> '$.choices')::VARCHAR[], a.choices::JSON::VARCHAR[])",
            ),
            Field("archived", "false", "(h.facts -> '$.archived')::BOOLEAN"),
        ),
    ),
}
"""Object -> how it is compared. Order and priority of custom fields are Gorgias's (it overrides them)."""
