"""A migration as a Dagster component: `migrations/<name>/defs.yaml`, so that `dg` scaffolds and checks it.

Its attributes are the keys of a migration's file, and mean the same. It belongs here: what Dagster must know of them.
It does not: reading and judging them (migration_file.py), and building (build.py). A code location holds as many as
its project has (project.py, process_migrations.py); `migrate ui` and a workspace give each one of its own (shops.py).
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args

import dagster as dg
from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from migration_assets.migration_file import COMPONENT_FILE, FIELDS, FOLDER, SECRET_FIELDS, SECRETS, settings_of_values
from migration_assets.orchestration.location_process import begin_location
from migration_assets.process_migrations import meant, settle


def _attribute(field: FieldInfo) -> Any:
    """A setting as it may stand in YAML; what it means is judged where the file is read."""
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not type(None)]
    kind: Any = kinds[0]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        kind = Literal[tuple(str(one) for one in kind)]
    elif kind is float:
        kind = float | int
    elif kind not in (bool, int):
        kind = str | list[str] | dict[str, str | int] if kind is not date else str
    return kind | None, Field(default=None, description=field.description or field.alias)


_fields: dict[str, Any] = {name: _attribute(field) for name, field in FIELDS.items() if name not in SECRET_FIELDS}
_fields[SECRETS] = (
    dict[str, str],
    Field(default_factory=dict, description="the names of the variables that hold the secrets"),
)
Attributes: type[BaseModel] = create_model("MigrationAttributes", __base__=dg.Model, **_fields)


class Migration(dg.Component, dg.Resolvable):
    """One shop's migration from Ivinex to Gorgias; everything in it begins with the name of its folder."""

    def __init__(self, attributes: dict[str, Any]):
        self.attributes = attributes

    @classmethod
    def model(cls) -> type[BaseModel]:
        """The attributes as they are written: the command reads the same file and knows no templates."""
        return Attributes

    @classmethod
    def resolve_from_model(cls, context: dg.ResolutionContext, model: BaseModel) -> "Migration":
        return cls(model.model_dump(exclude_none=True, exclude_unset=True))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """
        Raises:
            SettingsError: a value cannot be used, or another migration of this process has the same name or home.
        """
        place = Path(context.path)
        # Where it lies as the command expects it, a relative home is the same for both.
        folder = place.parent.parent if place.parent.name == FOLDER else Path(context.project_root)
        given = {key: ",".join(value) if isinstance(value, list) else value for key, value in self.attributes.items()}
        file = place / COMPONENT_FILE
        settings = settings_of_values(place.stem, folder, given, {}, told=str(file if file.is_file() else place))
        settle(settings)
        begin_location(settings)
        # Only now: assets name their days by the settings when they are imported.
        with meant(settings.migration):
            from migration_assets.build import build_definitions

            return build_definitions(settings)
