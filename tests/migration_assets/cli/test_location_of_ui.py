"""A running UI shows the days and the map of today, not those that it began with."""

from pathlib import Path

import pytest

from migration_assets.cli.location_of_ui import LocationOfUi
from migration_assets.mapping import mapping_file
from migration_assets.mapping.model import Mapping
from migration_assets.partitions import note_first_day
from migration_assets.settings import Settings


class Ui:
    def __init__(self, works: bool = True):
        self.works, self.reloads = works, 0

    def reload(self) -> bool:
        self.reloads += 1
        return self.works


def save(home: Path, zone: str) -> None:
    mapping_file.save(home / "mapping.yaml", Mapping(time_zone=zone, roles={"ticket": ["10101"]}))


@pytest.fixture
def notes() -> list[str]:
    return []


def test_nothing_new_loads_nothing(tmp_path: Path, notes: list[str]):
    save(tmp_path, "UTC")
    location, ui = LocationOfUi(Settings(home=tmp_path), notes.append), Ui()
    location.follow(ui)
    save(tmp_path, "UTC")
    location.follow(ui)
    assert (ui.reloads, notes) == (0, [])


def test_a_new_map_is_loaded_once_and_one_that_is_being_edited_is_waited_for(tmp_path: Path, notes: list[str]):
    location, ui = LocationOfUi(Settings(home=tmp_path), notes.append), Ui()
    (tmp_path / "mapping.yaml").write_text("roles: [")
    location.follow(ui)
    assert ui.reloads == 0
    save(tmp_path, "UTC")
    for _ in range(3):
        location.follow(ui)
    assert ui.reloads == 1
    (tmp_path / "mapping.yaml").write_text("roles: [")
    location.follow(ui)
    save(tmp_path, "UTC")
    location.follow(ui)
    assert ui.reloads == 1
    assert "The map is version" in notes[0]


def test_an_earlier_first_day_is_loaded_and_a_reload_that_fails_names_the_page(tmp_path: Path, notes: list[str]):
    settings = Settings(home=tmp_path)
    location, ui = LocationOfUi(settings, notes.append), Ui(works=False)
    note_first_day(tmp_path, settings.start_date, ["2026-03-05"])
    location.follow(ui)
    location.follow(ui)
    assert ui.reloads == 1
    assert "begin on 2026-03-05" in notes[0]
    assert "Deployment > Code locations" in notes[0]
