"""Values are counted, not characters: a mail full of brackets is one, and a list of lists is many."""

import json

import pytest

from resources.json_values import values_in


@pytest.mark.parametrize("body", ["<,[{" * 50, 'a "quoted", [word] \\ ' * 50, '\\\\",,,[[' * 50, '"' * 99 + "," * 99])
def test_the_text_of_a_value_is_one_value(body: str):
    assert values_in(json.dumps({"a": [{"body": body}, {"body": body}]}).encode(), 20) == 5


@pytest.mark.parametrize("text", ["[" * 99, "{}," * 99, "[[],[]]" * 99, '["a","b",' * 99])
def test_what_is_many_values_is_counted_as_many(text: str):
    assert values_in(text.encode(), 20) > 90


def test_a_text_of_few_values_is_not_looked_at_twice():
    assert values_in(b'{"a": "b,c"}', 20) == 2
