"""What a run may be given: plain values of the fields that a job or an asset names, and nothing else.

Dagster takes `{"env": NAME}` for any text or number of a run's config and puts that variable's value there. Who may
start a run could so read every secret of the process, or have it sent away. Here no field takes one, and no resource
takes any config at all (run_resources.py makes them).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import dagster as dg
from dagster._config import Array, ConfigType, Noneable

_PLAIN: dict[Any, Any] = {dg.StringSource: dg.String, dg.IntSource: dg.Int, dg.BoolSource: dg.Bool}
"""What Dagster makes of str, int and bool, and the type of the same values that reads no environment variable."""


def plain_fields(config: type[dg.Config]) -> dict[str, dg.Field]:
    """The fields of the class as a config schema in which no value is taken from the environment."""
    fields: dict[str, dg.Field] = {}
    for name, field in config.to_fields_dict().items():
        default = {"default_value": field.default_value} if field.default_provided else {}
        fields[name] = dg.Field(
            _plain(field.config_type), is_required=field.is_required, description=field.description, **default
        )
    return fields


def without_config(
    make: Callable[[], Any],
    description: str,
    during: Callable[[dg.DagsterRun | None], AbstractContextManager[Any]] = nullcontext,
) -> dg.ResourceDefinition:
    """A resource that is made when a run begins to need it, torn down at its end, and that no run's config can touch.

    Args:
        make: makes it; a `dg.ConfigurableResource` is set up and torn down as Dagster does it.
        during: entered with the run, if there is one, before it is made, and left after it was torn down.
    """

    @contextmanager
    def of_run(context: dg.InitResourceContext) -> Iterator[Any]:
        with during(context.run):
            made = make()
            if isinstance(made, dg.ConfigurableResource):
                with made.yield_for_execution(context) as ready:
                    yield ready
            else:
                yield made

    # None would mean "anything"; no field at all refuses what is given.
    return dg.ResourceDefinition(of_run, config_schema={}, description=description)


def _plain(kind: ConfigType) -> Any:
    if isinstance(kind, Noneable):
        return dg.Noneable(_plain(kind.inner_type))
    if isinstance(kind, Array):
        return dg.Array(_plain(kind.inner_type))
    return _PLAIN.get(kind, kind)
