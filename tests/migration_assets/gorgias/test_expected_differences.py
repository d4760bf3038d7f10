"""What a merge leaves is told whole: staged rows and what is left give together what stands in Gorgias."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from migration_assets.gorgias.expected_differences import Open, Reason, value_of
from migration_assets.gorgias.three_way_merge import Base, after, merge
from resources.ledger.records import WriteKey

KEY = WriteKey("tickets", "ivinex:1:1", "update")
KEYS = [("status", ""), ("subject", ""), ("tags", "a"), ("tags", "b"), ("custom_fields", "7"), ("meta", "x")]
STATES = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["one", "two", "three"]), max_size=len(KEYS))
FIELDS = sorted({field for field, _ in KEYS})


@given(
    base=st.none() | STATES,
    declined=STATES,
    source=STATES,
    target=STATES,
    taken=st.dictionaries(
        st.sampled_from(["status", "subject", "tags.a", "meta.x"]), st.sampled_from(["ours", "theirs"])
    ),
    through=st.booleans(),
)
def test_staged_and_left_together_are_what_stands(
    base: Any, declined: Any, source: Any, target: Any, taken: dict[str, str], through: bool
):
    known = None if base is None else Base(base, declined)
    choices = {take: {name for name, choice in taken.items() if choice == take} for take in ("ours", "theirs")}
    merged = merge(known, source, target, **choices)
    one = Open("tickets", "ivinex:1:1", source, target, {}, KEY if merged.write else None, merged.write)
    left = {row.field: row for row in one.left({KEY} if through else ())}
    stands = after(target, merged.write) if through else target
    for field in FIELDS:
        expected = left[field].value if field in left else value_of(source, field)
        assert expected == value_of(stands, field)
    if not through:
        refused = {field for field, row in left.items() if row.reason is Reason.refused}
        assert refused <= {key[0] for key in merged.write}


@given(base=STATES, source=STATES, target=STATES)
def test_a_second_merge_of_the_same_leaves_the_same_and_writes_nothing(base: Any, source: Any, target: Any):
    first = merge(Base(base), source, target)
    there = after(target, first.write)
    again = merge(Base(first.written, first.declined), source, there)
    assert again.write == {}
    left = [Open("tickets", "i", source, there, {}).left(()) for _ in range(2)]
    assert left[0] == left[1]
