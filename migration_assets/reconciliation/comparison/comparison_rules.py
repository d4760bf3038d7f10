"""What a compared field can be, and what counts as equal: the verdicts, the normal forms and the rules, as data.

It belongs here: the vocabulary and the SQL of one verdict. It does not: which fields an object has (expected_*.py) and
running the comparison (comparator.py).
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a field of a record is found to be."""

    equal = "equal"
    normalised = "normalised"
    truncated = "truncated"
    dropped = "dropped"
    altered = "altered"
    changed = "changed since write"
    missing = "missing"
    extra = "extra"


GOOD = (Verdict.equal, Verdict.normalised)
WHOLE_OBJECT = "*"
"""Field of a difference about the whole object: missing, or a message that somebody added."""

FORMS: dict[str, tuple[str, str]] = {
    "exact": ("{x}", "the value itself; times as instants, naive ones being UTC; null and absent are one"),
    "text": (
        r"nullif(trim(regexp_replace(nfc_normalize({x}), '\r\n?', chr(10), 'g'), chr(32) || chr(9) || chr(10)), '')",
        "line ends, Unicode composition, white space at both ends; empty is null",
    ),
    "html": (
        r"nullif(trim(regexp_replace(nfc_normalize({x}), '\s+', ' ', 'g')), '')",
        "any run of white space is one space; Unicode composition; empty is null",
    ),
    "address": ("nullif(lower(trim({x})), '')", "letter case and white space around an address; empty is null"),
    "set": ("list_sort(list_distinct({x}))", "order and repetition in a set"),
    "addresses": (
        "list_sort(list_transform({x}, lambda one: lower(trim(one))))",
        "order and letter case in a list of addresses",
    ),
    "number": ("try_cast(trim({x}, '\"') AS DOUBLE)", '5, 5.0 and "5" are one number; true is none'),
}


MACROS = """
    CREATE OR REPLACE TEMP MACRO names(list) AS list_sort(list::JSON::VARCHAR[]);
    CREATE OR REPLACE TEMP MACRO lowered(list) AS list_transform(list, lambda one: lower(one));
    CREATE OR REPLACE TEMP MACRO channels_of(json) AS
        from_json(json, '[{"type":"VARCHAR","address":"VARCHAR","preferred":"BOOLEAN"}]');
    CREATE OR REPLACE TEMP MACRO named(list) AS list_transform(list, lambda one: one.type || ':' || one.address);
    CREATE OR REPLACE TEMP MACRO preferred(list) AS list_filter(list, lambda one: one.preferred);
    CREATE OR REPLACE TEMP MACRO people(json) AS list_transform(
        coalesce(from_json(json, '[{"address":"VARCHAR","name":"VARCHAR"}]'), []),
        lambda one: concat_ws(' ', one.address, nullif(one.name, ''))
    );
    CREATE OR REPLACE TEMP MACRO sender_in(json) AS
        concat_ws(' ', json ->> '$.from.address', nullif(json ->> '$.from.name', ''));
    CREATE OR REPLACE TEMP MACRO visible(html) AS
        trim(regexp_replace(regexp_replace(html, '<[^>]*>', ' ', 'g'), '(&nbsp;|\\s)+', ' ', 'g'));
    CREATE OR REPLACE TEMP MACRO files_in(json) AS
        from_json(json, '[{"url":"VARCHAR","name":"VARCHAR","size":"VARCHAR","content_type":"VARCHAR"}]');
    CREATE OR REPLACE TEMP MACRO file_line(name, size, content_type, content) AS
        name || ' ' || size || ' ' || content_type || ' ' || coalesce(content, '');
    CREATE OR REPLACE TEMP MACRO is_gone(kind, number) AS number IS NOT NULL
        AND NOT EXISTS (FROM reconciliation.target_definitions d WHERE d.object = kind AND d.gorgias_id = number)
        AND EXISTS (FROM reconciliation.target_definitions d WHERE d.object = kind);
"""
"""What the statements and rules of a comparison call: made on its connection before the first of them."""


@dataclass(frozen=True)
class Field:
    """One compared field.

    Attributes:
        expected, actual: SQL over `a` (what was to be there) and `h` (what Gorgias holds).
        form: name of the normal form.
        applies_if: where it is compared at all.
        equal_if: a rule under which a differing value counts as normalised.
    """

    name: str
    expected: str
    actual: str
    form: str = "exact"
    applies_if: str = "true"
    equal_if: str = "false"


def plain(*names: str, form: str = "exact") -> list[Field]:
    """Fields whose columns have one name on both sides."""
    return [Field(name, f"a.{name}", f"h.{name}", form) for name in names]


def instants(*names: str) -> list[Field]:
    """Times: `created` is the field created_datetime, in the columns created_at."""
    return [Field(f"{name}_datetime", f"a.{name}_at", f"h.{name}_at") for name in names]


def verdict_sql(field: Field) -> str:
    """The SQL of one field's verdict; NULL where it is not compared."""
    form, _ = FORMS[field.form]
    ours, theirs = form.replace("{x}", field.expected), form.replace("{x}", field.actual)
    cut = f"starts_with({ours}, {theirs})" if field.form in {"text", "html"} else "false"
    return f"""CASE
        WHEN NOT ({field.applies_if}) THEN NULL
        WHEN ({field.expected}) IS NOT DISTINCT FROM ({field.actual}) THEN 'equal'
        WHEN ({ours}) IS NOT DISTINCT FROM ({theirs}) OR coalesce({field.equal_if}, false) THEN 'normalised'
        WHEN {_empty(field.expected)} THEN 'extra'
        WHEN {_empty(field.actual)} THEN 'dropped'
        WHEN {cut} THEN 'truncated'
        ELSE 'altered' END"""


def is_defect(kind: str, field: str) -> bool:
    """Whether a difference speaks against the migration: not what people changed or added since."""
    return not (kind == Verdict.changed or (kind == Verdict.extra and field == WHOLE_OBJECT))


def _empty(value: str) -> str:
    return f"coalesce(({value})::VARCHAR, '') IN ('', '[]')"
