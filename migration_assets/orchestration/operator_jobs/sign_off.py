"""The job sign_off: a report, the scope or the sample signed off by name, as `migrate signoff`."""

from enum import StrEnum

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import sign_off as orchestration
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class Subject(StrEnum):
    """What is signed off."""

    report = "report"
    scope = "scope"
    sample = "sample"


class SignOffConfig(dg.Config):
    """What is signed off, and by whom."""

    subject: Subject = Field(
        Subject.report,
        description="report: this account is reconciled. scope: what is moved, and to where, is right. sample: "
        "somebody looked at the migrated sample, as the job approve_sample records.",
    )
    by: str = by_field("Who stands for it")
    note: str = Field("", description="What whoever reads it later should know.")


def record_sign_off(work: Work, config: SignOffConfig) -> None:
    """Records who stands for what, under which map, with the hash of the report."""
    stores = work.settings, work.ledger, work.warehouse
    told = orchestration.sign_off(*stores, config.subject.value, config.by, config.note)
    work.end_with(told, {"subject": config.subject.value})


sign_off = operator_job(
    "sign_off",
    record_sign_off,
    SignOffConfig,
    "Signs off by name that this account is reconciled (refused unless it is), that the scope is right, or that the "
    "sample is good. Where GORGIAS_ROLE is production, a load waits for the first two, and for the third where a "
    "sample was migrated. The command: `migrate signoff --by NAME`, `migrate signoff --scope --by NAME`, or `migrate "
    "sample approve --by NAME`.",
    then="the job prepare in the home of production, or `migrate run`",
    needs=("settings", "ledger", "warehouse"),
)
