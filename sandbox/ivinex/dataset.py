"""A whole dataset folder, loaded: site, tabs, links, files. What a folder holds is written up in docs/sandbox.md."""

from __future__ import annotations

from pathlib import Path

from sandbox.ivinex.errors import DatasetError
from sandbox.ivinex.fields import load_tab
from sandbox.ivinex.files_index import load_files
from sandbox.ivinex.links import Links
from sandbox.ivinex.site import load_site
from sandbox.ivinex.tabs import TabRows


class Dataset:
    """The folder's content, changeable in memory; the folder itself is never written."""

    def __init__(self, folder: Path) -> None:
        """Loads and checks the folder.

        Raises:
            DatasetError: names file, line and key.
        """
        self.folder = folder
        self.site = load_site(folder)
        self.links = Links()
        self.tabs: dict[int, TabRows] = {}
        self.by_name: dict[str, TabRows] = {}
        folders = sorted(path for path in (folder / "tabs").glob("*") if path.is_dir())
        if not folders:
            raise DatasetError(folder / "tabs", "holds no tab; each is a folder with fields.json")
        for path in folders:
            tab = TabRows(load_tab(path))
            if tab.number in self.tabs or tab.name in self.by_name:
                raise DatasetError(path / "fields.json", "number or name is used by another tab", key="Tab")
            self.tabs[tab.number] = tab
            self.by_name[tab.name] = tab
            for record_id, record in tab.load(path):
                self.links.embed(tab, record_id, record)
        self.links.load(folder)
        self.files = load_files(folder)
        self._attach_files()
        self._check_users()

    def _attach_files(self) -> None:
        for stored in self.files.values():
            place = f"{self.folder / 'files.ndjson'}, FileID {stored.FileID}"
            tab = self.by_name.get(stored.Tab)
            if tab is None or not tab.knows(int(stored.CollectionID)):
                raise DatasetError(place, f"no record {stored.CollectionID} in {stored.Tab}", key="CollectionID")
            if stored.Field not in tab.file_fields:
                raise DatasetError(place, f"{stored.Field!r} is no FILE field of {stored.Tab}", key="Field")
            of_record = tab.files.setdefault(int(stored.CollectionID), {})
            of_record.setdefault(stored.Field, []).append(stored)

    def _check_users(self) -> None:
        for index, user in enumerate(self.site.api_users):
            named = [
                *(("visible_tabs", name) for name in (user.visible_tabs if user.visible_tabs != "*" else [])),
                *(("unreadable_tabs", name) for name in user.unreadable_tabs),
                *(("row_filters", name) for name in user.row_filters),
            ]
            for key, name in named:
                if name not in self.by_name:
                    raise DatasetError(
                        self.folder / "site.json", f"there is no tab {name!r}", key=f"api_users.{index}.{key}"
                    )
            for name, filters in user.row_filters.items():
                for condition in filters:
                    if condition.field not in self.by_name[name].stored_names:
                        raise DatasetError(
                            self.folder / "site.json",
                            f"{name} has no field {condition.field!r}",
                            key=f"api_users.{index}.row_filters.{name}",
                        )
