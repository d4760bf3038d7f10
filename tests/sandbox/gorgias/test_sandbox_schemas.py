"""The compiled check must say yes exactly where jsonschema does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sandbox.gorgias.contract import contract
from sandbox.gorgias.errors import ApiError
from sandbox.gorgias.schemas import FORMATS, Checker, compiled

OPERATIONS = {operation.id: operation for operation in contract(True).operations.values() if operation.body}
BODIES = [
    "create-ticket",
    "update-ticket",
    "create-ticket-message",
    "create-customer",
    "create-user",
    "create-custom-field",
]

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 6000),
    st.floats(allow_nan=False),
    st.text(max_size=4),
    st.sampled_from(
        ["email", "open", "2026-01-01T00:00:00Z", "2026-13-01", "Ticket", "text", "input", "dropdown", 1.0]
    ),
)


def _names(schema):
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                yield from value
            yield from _names(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _names(item)


def _bodies(operation_id):
    names = sorted(set(_names(OPERATIONS[operation_id].body._validator.schema)))
    keys = st.sampled_from([*names, "unknown"])
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
    )


@pytest.mark.parametrize("operation_id", BODIES)
def test_the_compiled_check_agrees_with_jsonschema(operation_id):
    checker = OPERATIONS[operation_id].body

    @settings(max_examples=50, deadline=None)
    @given(_bodies(operation_id))
    def agree(body):
        assert checker.accepts(body) == checker._validator.is_valid(body)

    agree()


SCHEMAS = [
    {"type": ["integer", "null"], "minimum": 0, "maximum": 10},
    {"type": "string", "minLength": 1, "maxLength": 2},
    {"type": "string", "format": "date-time"},
    {"enum": ["a", 1, None]},
    {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 2},
    {
        "type": "object",
        "properties": {"unknown": {"type": "integer"}},
        "required": ["unknown"],
        "additionalProperties": False,
    },
    {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "boolean"}]}},
    {"allOf": [{"type": "string"}, {"maxLength": 1}]},
]


@pytest.mark.parametrize("schema", SCHEMAS)
@settings(max_examples=50, deadline=None)
@given(
    body=st.recursive(leaves, lambda i: st.lists(i, max_size=3) | st.dictionaries(st.just("unknown"), i), max_leaves=6)
)
def test_each_keyword_agrees_with_jsonschema(schema, body):
    assert compiled(schema)(body) == Draft202012Validator(schema, format_checker=FORMATS).is_valid(body)


def test_a_keyword_that_the_compiled_check_does_not_know_is_not_passed_over():
    with pytest.raises(ValueError, match="pattern"):
        Checker({"type": "string", "pattern": "a"})


def test_every_bad_field_is_told():
    with pytest.raises(ApiError) as caught:
        OPERATIONS["create-ticket"].body.check({"messages": [{"via": "api"}], "status": "new"})
    assert sorted(caught.value.data) == ["messages.0.channel", "messages.0.from_agent", "status"]
