"""What a step reports, told as its messages are: jobs and commands by the names of its migration (own_words.py).

It belongs here: where in a result of Dagster there are sentences. It does not: which words of a sentence change.
"""

from typing import Any

import dagster as dg

from migration_assets.own_words import own_words


def in_own_words(result: Any) -> Any:
    """The result with the descriptions of its checks, and the texts of its metadata, as its migration has them."""
    if isinstance(result, dg.AssetCheckResult):
        told = own_words(result.description) if result.description else result.description
        return result._replace(description=told, metadata=_in_own_words(result.metadata))
    if isinstance(result, dg.MaterializeResult):
        checks = [in_own_words(check) for check in result.check_results or ()]
        return result._replace(check_results=checks, metadata=_in_own_words(result.metadata))
    return result


def _in_own_words(metadata: Any) -> Any:
    return {name: _value_in_own_words(value) for name, value in metadata.items()} if metadata else metadata


def _value_in_own_words(value: Any) -> Any:
    if isinstance(value, str):
        return own_words(value)
    if isinstance(value, dg.TextMetadataValue):
        return dg.MetadataValue.text(own_words(value.text or ""))
    if isinstance(value, dg.MarkdownMetadataValue):
        return dg.MetadataValue.md(own_words(value.md_str or ""))
    return value
