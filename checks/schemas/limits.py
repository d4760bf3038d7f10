"""Limits that several schemas share, each a named check whose error says the rule and never the value.

Numbers are those of gorgias-api.md 6; a limit that is not published there is not invented here.
"""

from collections.abc import Callable
from typing import Any

import orjson
import pandas as pd
import pandera.pandas as pa

UTC_TIME = "datetime64[us, UTC]"
EXTERNAL_ID_LENGTH = 255
SUBJECT_LENGTH = 998
ADDRESS_LENGTH = 320
BODY_BYTES = 1_000_000
CHANNELS = (
    "aircall", "api", "chat", "contact_form", "email", "facebook", "facebook-mention", "facebook-messenger",
    "facebook-recommendations", "help-center", "instagram-ad-comment", "instagram-comment",
    "instagram-direct-message", "instagram-mention", "internal-note", "phone", "sms", "twitter",
    "twitter-direct-message", "whatsapp", "yotpo-review",
)  # fmt: skip

Values = pd.Series


def each(rule: Callable[[Any], bool], error: str) -> pa.Check:
    """A check of every value that is not null."""
    # As a list: pandas boxes each value of an array of texts anew, which costs more than most rules.
    return pa.Check(lambda values: pd.Series([bool(rule(v)) for v in values.tolist()], index=values.index), error=error)


def one_of(*values: str) -> pa.Check:
    return pa.Check.isin(list(values), error=f"one of {', '.join(values)}")


def at_most(characters: int) -> pa.Check:
    return each(lambda text: len(text) <= characters, f"at most {characters} characters")


def at_most_bytes(size: int) -> pa.Check:
    return each(lambda text: len(text) * 4 <= size or len(text.encode()) <= size, f"at most {size} bytes of UTF-8")


def not_blank() -> pa.Check:
    return each(lambda text: bool(text.strip()), "not blank")


def address() -> pa.Check:
    return each(
        lambda text: "@" in text and len(text) <= ADDRESS_LENGTH and text == text.lower(), "an address in lower case"
    )


def storable() -> pa.Check:
    """No NUL: a text column cannot hold one."""
    return each(lambda text: "\x00" not in text, "no NUL byte")


def json_list(rule: Callable[[list[Any]], bool], error: str) -> pa.Check:
    return each(lambda text: isinstance(found := _json(text), list) and rule(found), error)


def json_object(rule: Callable[[dict[str, Any]], bool] = lambda _: True, error: str = "a JSON object") -> pa.Check:
    return each(lambda text: isinstance(found := _json(text), dict) and rule(found), error)


def text(description: str, *checks: pa.Check, nullable: bool = False, unique: bool = False) -> pa.Column:
    return pa.Column(str, [*checks], nullable=nullable, unique=unique, description=description)


def flag(description: str) -> pa.Column:
    return pa.Column(bool, nullable=False, description=description)


def whole(description: str, *checks: pa.Check) -> pa.Column:
    return pa.Column("int64", [*checks], nullable=False, description=description)


def moment(description: str, nullable: bool = False) -> pa.Column:
    return pa.Column(UTC_TIME, nullable=nullable, description=description)


def schema(
    name: str, columns: dict[str, pa.Column], description: str, checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    """A strict schema: a column too many or too few is a failure. Types are coerced, since DuckDB widens some."""
    return pa.DataFrameSchema(
        columns, checks=checks, name=f"staging.{name}", description=description, strict=True, coerce=True
    )


def row_rule(rule: Callable[[pd.DataFrame], pd.Series], error: str) -> pa.Check:
    """A rule over several columns of a row."""
    return pa.Check(rule, error=error)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
