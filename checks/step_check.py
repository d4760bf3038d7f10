"""A check that is declared on its asset and evaluated in the asset's own step, whichever button started that step.

The UI launches assets with all checks on them, and a job never with a check on an asset outside of it (dagster.md
2.11). So a check belongs to the asset that makes its evidence: a load cannot run the checks of a verification, and a
verification cannot leave its own out.

It belongs here: declaring a check, and saying its result to Dagster and to the ledger. It does not: what a check
looks at (the stages), and what a closed gate keeps from running (quality_gates.py).
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg

from checks.evaluate import Evaluation
from checks.event_transaction import one_transaction
from checks.metadata import metadata_of
from resources.ledger import Ledger
from resources.outgoing_text import fault

SHOWN_DAYS = 3
WARN = dg.AssetCheckSeverity.WARN
"""For what a person should know and that makes nothing wrong."""
Evaluate = Callable[[], Mapping[str | None, Evaluation]]


def asset_key(stage: str, name: str) -> dg.AssetKey:
    """The key of an asset, for modules that know no Dagster."""
    return dg.AssetKey([stage, name])


@dataclass(frozen=True)
class StepCheck:
    """One check of one asset.

    Attributes:
        blocking: a failure ends the step, so that nothing after it begins in that run.
        partitions_def: the asset's own; Dagster accepts another one silently, so a test compares them.
        gate: keep each slice's result in the ledger, where a load in a later run asks for it (quality_gates.py).
        severity: WARN for what a person should know and that makes nothing wrong.
    """

    asset: dg.AssetKey
    name: str
    description: str
    blocking: bool = False
    partitions_def: dg.PartitionsDefinition | None = None
    gate: bool = False
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """For `check_specs` of the asset."""
        with warnings.catch_warnings():
            # Partitions of a check are in preview; dagster's patch is pinned (constraints.txt).
            warnings.simplefilter("ignore", dg.PreviewWarning)
            return dg.AssetCheckSpec(
                self.name,
                asset=self.asset,
                description=self.description,
                blocking=self.blocking,
                partitions_def=self.partitions_def,
            )

    @property
    def gate_name(self) -> str:
        """Its name in the ledger, e.g. `staging/tickets:schema`."""
        return f"{self.asset.to_user_string()}:{self.name}"

    def report(
        self, context: dg.AssetExecutionContext, ledger: Ledger | None, evaluate: Evaluate
    ) -> dg.AssetCheckResult:
        """Evaluate and say the result; what is raised meanwhile is a result too, because Dagster would record none.

        In a run of one partition a failure of a blocking check stops what comes after it. In a range run it only
        warns, since a bad day must not stop the others: the day's gate keeps its load closed, and each day's own
        evaluation is logged, because Dagster records none per partition there.

        Args:
            ledger: where a gate is kept; None for a check that is none.
            evaluate: partition -> evaluation of every partition of the run; None -> evaluation without partitions.
        """
        keys = list(context.partition_keys) if self.partitions_def is not None else [None]
        try:
            found = evaluate()
            results = {key: found.get(key, Evaluation()) for key in keys}
        except Exception as error:
            results = dict.fromkeys(keys, Evaluation(error=str(fault(error))))
        if self.gate and ledger is not None:
            looked_at = [(key, result) for key, result in results.items() if not result.unknown]
            rows = [(self.gate_name, key, result.opens, result.description) for key, result in looked_at]
            ledger.quality_gates.record_gates(rows, context.run.run_id)
        ranged = len(keys) > 1
        if ranged:
            self._log_each(context, results)
        whole = _summary(results) if ranged else next(iter(results.values()))
        return dg.AssetCheckResult(
            asset_key=key_in_step(context, self.asset),
            check_name=self.name,
            passed=all(result.passed for result in results.values()),
            severity=dg.AssetCheckSeverity.WARN if ranged else self._severity(whole),
            description=whole.description,
            metadata={**metadata_of(*results.values()), **(_closed(results) if ranged else {})},
        )

    def log_failing(self, context: dg.AssetExecutionContext, seen: dg.AssetCheckResult) -> None:
        """Record a result of a step that is about to fail: Dagster takes results of steps that end well only."""
        # Accepted at run time; only its annotation leaves check evaluations out.
        context.op_execution_context.log_event(
            dg.AssetCheckEvaluation(  # type: ignore[arg-type]
                asset_key=key_in_step(context, self.asset),
                check_name=self.name,
                passed=seen.passed,
                severity=seen.severity,
                description=seen.description,
                metadata=seen.metadata or {},
            )
        )

    def _severity(self, result: Evaluation) -> dg.AssetCheckSeverity:
        return dg.AssetCheckSeverity.WARN if result.opens or result.unknown else self.severity

    def _log_each(self, context: dg.AssetExecutionContext, results: Mapping[str | None, Evaluation]) -> None:
        """One evaluation per day, as events of the run: they settle what Dagster planned for each partition."""
        with one_transaction(context.instance):
            for key, result in results.items():
                # Accepted at run time; only its annotation leaves check evaluations out.
                context.op_execution_context.log_event(
                    dg.AssetCheckEvaluation(  # type: ignore[arg-type]
                        asset_key=key_in_step(context, self.asset),
                        check_name=self.name,
                        passed=result.passed,
                        partition=key,
                        blocking=self.blocking,
                        severity=self._severity(result),
                        description=result.description,
                        metadata=metadata_of(result),
                    )
                )


def key_in_step(context: dg.AssetExecutionContext, key: dg.AssetKey) -> dg.AssetKey:
    """What the asset is called in this run: where many migrations share an instance, their names come first."""
    ends = len(key.path)
    return next((own for own in context.selected_asset_keys if list(own.path[-ends:]) == list(key.path)), key)


def _closed(results: Mapping[str | None, Evaluation]) -> dict[str, list[str]]:
    closed = sorted(str(key) for key, result in results.items() if not result.opens and not result.unknown)
    return {"closed_partitions": closed}


def _summary(results: Mapping[str | None, Evaluation]) -> Evaluation:
    """The days of a range in one sentence."""
    bad = {key: result for key, result in results.items() if not result.passed}
    first = "; ".join(f"{key}: {result.description}" for key, result in list(bad.items())[:SHOWN_DAYS])
    more = f"; and {len(bad) - SHOWN_DAYS} more" if len(bad) > SHOWN_DAYS else ""
    told = f"{len(results)} days: {len(results) - len(bad)} passed" + (f". {first}{more}" if bad else "")
    return Evaluation(sentence=told)
