"""What a user sets to connect a migration with both sides: the environment's variables, names and values.

It belongs here: the connection only. It does not: putting it in force (`clean_environment`, or a test's monkeypatch).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.serve import Running

FAST = "400000"
"""An allowance, and a rate of reading, that a sandbox without limits bears."""


def connected_to(sandbox: "Running", **more: str) -> dict[str, str]:
    """Both sides of a served dataset, as fast as they answer."""
    return {
        "IVINEX_BASE_URL": sandbox.ivinex_url,
        "IVINEX_USERNAME": sandbox.ivinex_auth[0],
        "IVINEX_PASSWORD": sandbox.ivinex_auth[1],
        "IVINEX_TIMEZONE": "America/Denver",
        "IVINEX_REQUESTS_PER_SECOND": "10000",
        **account_of(sandbox.gorgias_url, sandbox.gorgias_auth),
        **more,
    }


def account_of(url: str, auth: tuple[str, str], allowance: str = FAST) -> dict[str, str]:
    return {
        "GORGIAS_BASE_URL": url,
        "GORGIAS_EMAIL": auth[0],
        "GORGIAS_API_KEY": auth[1],
        "GORGIAS_ALLOWANCE": allowance,
    }


def connected_to_nobody(**instead: str) -> dict[str, str]:
    """Every setting is made, and no server answers."""
    return {
        "IVINEX_BASE_URL": "http://127.0.0.1:9",
        "IVINEX_USERNAME": "nobody",
        "IVINEX_PASSWORD": "s3cret-word",
        "IVINEX_TIMEZONE": "UTC",
        "GORGIAS_BASE_URL": "http://127.0.0.1:9",
        "GORGIAS_EMAIL": "nobody@shop.example",
        "GORGIAS_API_KEY": "s3cret-key",
        **instead,
    }
