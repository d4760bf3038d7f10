"""Puts the code location together: rooms, jobs, resources.

It loads with no secret and no network: resources are configured from the settings that are there, and what is
missing is said when a run asks for it.
"""

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import dagster as dg

from migration_assets.asset_labels import labelled
from migration_assets.expected_failures import plain_failures
from migration_assets.jobs import jobs
from migration_assets.orchestration.operator_jobs.own_jobs import OwnJobs
from migration_assets.schedules import schedules
from migration_assets.sensors import sensors
from migration_assets.settings import Settings, SettingsResource, load_settings
from resources.gorgias.resource import GorgiasResource
from resources.ivinex.resource import IvinexResource
from resources.ledger import LedgerResource
from resources.notifier import NotifierResource
from resources.warehouse import WarehouseResource

ROOMS = ("ivinex", "mapping", "staging", "gorgias", "reconciliation", "handoff")


def build_definitions(*, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The whole code location.

    Args:
        resources: overrides by name, for tests.
    """
    settings = load_settings()
    rooms = [import_module(f"migration_assets.{room}") for room in ROOMS]
    assets = [asset for room in rooms for asset in dg.load_assets_from_package_module(room)]
    own_jobs = OwnJobs()
    definitions = dg.Definitions(
        assets=plain_failures(labelled(assets, settings)),
        jobs=jobs(),
        schedules=schedules(),
        sensors=sensors(),
        resources={**default_resources(settings), "own_jobs": own_jobs, **(resources or {})},
        # Six small assets took 2.1 s in one process and 12.1 s in six, and one pacer must see every request.
        executor=dg.in_process_executor,
    )
    return own_jobs.are_of(definitions)


def default_resources(settings: Settings) -> dict[str, Any]:
    """Resources from the settings. Secrets go in as names of variables, so that the UI never shows one."""
    return {
        "settings": SettingsResource(),
        "warehouse": WarehouseResource(database=str(settings.home / "warehouse.duckdb")),
        "ledger": LedgerResource(
            url=dg.EnvVar("LEDGER_URL") if settings.ledger_url else settings.ledger_address, account=settings.account
        ),
        "notifier": NotifierResource(url=_secret("MIGRATION_FAILURE_WEBHOOK", settings.failure_webhook)),
        "ivinex": IvinexResource(
            base_url=settings.ivinex_base_url or "",
            username=settings.ivinex_username or "",
            password=_secret("IVINEX_PASSWORD", settings.ivinex_password),
            requests_per_second=settings.ivinex_requests_per_second,
            page_size=settings.ivinex_page_size,
            dialect=settings.ivinex_dialect,
            relations=settings.ivinex_relations,
            call_path=settings.ivinex_call_path,
            parameter_names=json.dumps(settings.ivinex_parameter_names) if settings.ivinex_parameter_names else "",
        ),
        "gorgias": GorgiasResource(
            base_url=settings.gorgias_base_url or "",
            email=settings.gorgias_email or "",
            api_key=_secret("GORGIAS_API_KEY", settings.gorgias_api_key),
            access_token=_secret("GORGIAS_ACCESS_TOKEN", settings.gorgias_access_token),
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
            unsettled=str(settings.home / "private" / "unsettled"),
        ),
    }


def _secret(variable: str, value: object) -> Any:
    return dg.EnvVar(variable) if value else ""
