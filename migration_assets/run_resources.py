"""The resources of a run, made from the settings of the process when a run needs them.

It belongs here: which setting goes into which resource. It does not: that a run's config cannot (run_config.py).
Nothing of it is in the definitions, so no page of the UI, no snapshot and no re-execution holds an address, a path or
a secret.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import dagster as dg
from pydantic import SecretStr

from migration_assets.mapping.source_site import site_name
from migration_assets.run_config import without_config
from migration_assets.settings import Settings
from migration_assets.settings_resource import SettingsResource
from migration_assets.settings_source import load_settings
from resources.gorgias.resource import GorgiasResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import LedgerResource
from resources.notifier import NotifierResource
from resources.warehouse import WarehouseResource


def run_resources(
    during: Callable[[dg.DagsterRun | None], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, Any]:
    """Resources by name, for the definitions.

    Args:
        during: as of `without_config`; says whose settings they are made from.
    """
    made: dict[str, tuple[Callable[[Settings], Any], str]] = {
        "settings": (lambda _: SettingsResource(), "the settings: environment variables of the process"),
        "warehouse": (warehouse_of, "the DuckDB file in MIGRATION_HOME"),
        "ledger": (ledger_of, "LEDGER_URL, or the SQLite file in MIGRATION_HOME"),
        "notifier": (notifier_of, "MIGRATION_FAILURE_WEBHOOK"),
        "ivinex": (ivinex_of, "IVINEX_BASE_URL and its credentials"),
        "gorgias": (gorgias_of, "GORGIAS_BASE_URL and its credentials"),
    }
    return {name: without_config(_from_settings(make), text, during) for name, (make, text) in made.items()}


def warehouse_of(settings: Settings) -> WarehouseResource:
    return WarehouseResource(database=str(settings.home / "warehouse.duckdb"))


def ledger_of(settings: Settings) -> LedgerResource:
    return LedgerResource(url=settings.ledger_address, account=settings.account)


def notifier_of(settings: Settings) -> NotifierResource:
    return NotifierResource(url=_said(settings.failure_webhook))


def ivinex_of(settings: Settings) -> IvinexResource:
    return IvinexResource(
        base_url=settings.ivinex_base_url or "",
        username=settings.ivinex_username or "",
        password=_said(settings.ivinex_password),
        requests_per_second=settings.ivinex_requests_per_second,
        page_size=settings.ivinex_page_size,
        dialect=settings.ivinex_dialect,
        relations=settings.ivinex_relations,
        call_path=settings.ivinex_call_path,
        patience=settings.ivinex_patience,
        credentials=settings.ivinex_credentials,
        file_path=settings.ivinex_file_path,
        parameter_names=json.dumps(settings.ivinex_parameter_names) if settings.ivinex_parameter_names else "",
        ledger_url=settings.ledger_address,
        account=settings.account,
    )


def gorgias_of(settings: Settings) -> GorgiasResource:
    return GorgiasResource(
        base_url=settings.gorgias_base_url or "",
        email=settings.gorgias_email or "",
        api_key=_said(settings.gorgias_api_key),
        access_token=_said(settings.gorgias_access_token),
        enterprise=settings.gorgias_enterprise,
        budget_share=settings.gorgias_budget_share,
        reserve=-1.0 if settings.gorgias_reserve is None else settings.gorgias_reserve,
        working_hours=settings.gorgias_working_hours,
        working_zone=settings.working_zone,
        allowance=settings.gorgias_allowance,
        timeout=settings.gorgias_timeout_seconds,
        settling=settings.gorgias_settling_seconds,
        lease=settings.gorgias_lease_seconds,
        patience=settings.gorgias_patience,
        ledger_url=settings.ledger_address,
        account=settings.account,
        site=site_name(settings),
        unsettled=str(settings.home / "private" / "unsettled"),
    )


def _from_settings(make: Callable[[Settings], Any]) -> Callable[[], Any]:
    return lambda: make(load_settings())


def _said(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
