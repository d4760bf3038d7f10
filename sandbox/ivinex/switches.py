"""Every unpublished Ivinex answer as one named switch (ivinex-api.md 12), as data.

What belongs here: the table and the check of chosen values. How a value acts is in the module that answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.ivinex.errors import DatasetError


@dataclass(frozen=True)
class Switch:
    """One unpublished fact.

    Attributes:
        id: row of ivinex-api.md 12.
        name: short name of the fact.
        values: what a real site might show; the tests walk through all of them.
        default: the sandbox's assumption.
        effect: what each value does.
        number: any positive whole number is allowed and `values` are examples.
    """

    id: str
    name: str
    values: tuple[Any, ...]
    default: Any
    effect: str
    number: bool = False

    def check(self, value: Any, file: Path | str) -> Any:
        """Returns the value to use: partial objects are completed from the default.

        Raises:
            DatasetError: a value that the switch does not know.
        """
        key = f"switches.{self.id}"
        if isinstance(self.default, Mapping):
            return self._check_object(value, file, key)
        if self.number and isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        if any(value == known and type(value) is type(known) for known in self.values):
            return value
        allowed = "a positive whole number" if self.number else "one of " + ", ".join(map(repr, self.values))
        raise DatasetError(file, f"{value!r} is not a value of {self.name!r}; it takes {allowed}", key=key)

    def _check_object(self, value: Any, file: Path | str, key: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise DatasetError(file, f"{self.name!r} takes an object with {', '.join(self.default)}", key=key)
        for part, chosen in value.items():
            if part not in self.default:
                raise DatasetError(
                    file, f"unknown key; {self.name!r} has {', '.join(self.default)}", key=f"{key}.{part}"
                )
            known = [self.default[part], *(example[part] for example in self.values if part in example)]
            words = [word for word in known if isinstance(word, str | bool)]
            numeric = isinstance(chosen, int | float) and not isinstance(chosen, bool) and chosen >= 0
            if not (chosen in words if words else numeric or chosen is None):
                allowed = ", ".join(dict.fromkeys(map(repr, words))) if words else "a number, 0 or more"
                raise DatasetError(file, f"{chosen!r} is not allowed; use {allowed}", key=f"{key}.{part}")
        return {**self.default, **value}


SWITCHES: dict[str, Switch] = {
    switch.id: switch
    for switch in (
        Switch(
            "A-01",
            "classic URL form",
            ("both", "php", "bare"),
            "both",
            "serves /API/<Call>.php, /API/<Call>, or both; the other form is 404",
        ),
        Switch(
            "A-02",
            "classic credentials",
            ("any", "post", "basic", "get"),
            "any",
            "UserName and Password in a POST form, HTTP Basic, or a GET query only; anything else is 401",
        ),
        Switch(
            "A-03", "classic format", ("json", "xml"), "json", "xml keeps the names: <Response><Records><Record>..."
        ),
        Switch(
            "A-04",
            "GetTabs shape",
            ("tabs", "modules", "bare", "name_id"),
            "tabs",
            "tabs: {Tabs: [{CollectionTypeID, Tab}]}; modules: {Modules: [{Module_ID, Module}]}; bare: a "
            "bare array; name_id: {Tabs: [{ID, Name}]}",
        ),
        Switch(
            "A-05",
            "GetFields shape",
            ("documented", "short", "defaults_always"),
            "documented",
            "documented: the keys of ivinex-api.md 2.2, default fields only once a tab has a record; short:"
            " ID, Name, Label, Type, Values; defaults_always: default fields even for an empty tab",
        ),
        Switch(
            "A-06",
            "GetRecords paging",
            ("offset_limit", "ignored"),
            "offset_limit",
            "ignored: Offset and Limit change nothing, every answer is page one",
        ),
        Switch(
            "A-07",
            "empty_fields",
            ("marker", "none"),
            "marker",
            "marker: true in the answer for a readable, empty tab; none: no marker ever",
        ),
        Switch(
            "A-08",
            "classic values",
            ("labels", "ids"),
            "labels",
            "labels: usernames and option labels; ids: as Records JSON",
        ),
        Switch(
            "A-09",
            "write answer",
            ("list", "object"),
            "list",
            "a list of result objects, or the bare object when there is one; unknown fields are refused",
        ),
        Switch("A-10", "GetRelatedItems", ("served", "absent"), "served", "absent: 404"),
        Switch(
            "A-11",
            "GetAllRelatedItems",
            ("both", "record", "tab"),
            "both",
            "record: CollectionID is required; tab: CollectionID is ignored and link rows of the whole tab come back",
        ),
        Switch(
            "A-12",
            "file download",
            ({"lifetime_seconds": 2}, {"auth": "none"}, {"host": "other"}, {"form": "text"}),
            {"lifetime_seconds": 900, "auth": "basic", "host": "same", "form": "list"},
            "lifetime of a URL; auth none: no credential needed; host other: URLs name the loopback host "
            "differently and a credential sent there is refused with 400; form text: the list is JSON text "
            "inside a string",
        ),
        Switch(
            "A-13",
            "Limit cap",
            (100, 50, 25),
            100,
            "largest page; also the size when Limit is absent; larger wishes are cut silently",
            number=True,
        ),
        Switch(
            "A-14",
            "row order",
            ("ascending", "unstable", "descending"),
            "ascending",
            "by collection_id; unstable: neighbours change places from one request to the next",
        ),
        Switch(
            "A-15",
            "offset past the end",
            ("empty", "repeat_last", "404"),
            "empty",
            "an empty list; the last page again; or 404",
        ),
        Switch(
            "A-16",
            "no right to read",
            ("empty", "403"),
            "empty",
            "unknown CollectionTypeID or unreadable tab: an empty list without marker, or 403",
        ),
        Switch("A-17", "wrong credentials", ("401", "html"), "401", "401, or 200 with an HTML login page"),
        Switch(
            "A-18",
            "inactive user or no API right",
            ("403", "200"),
            "403",
            "403 with Message, or the same object with 200",
        ),
        Switch(
            "A-19",
            "rate limit",
            ({"per_second": 5}, {"per_second": 5, "retry_after": False}),
            {"per_second": None, "retry_after": True},
            "requests a second, more are answered 429; with or without Retry-After",
        ),
        Switch(
            "A-20",
            "time zone of output",
            ("site", "utc", "user"),
            "site",
            "stored site-local times are given as they are, as UTC, or in the API user's zone; never with an offset",
        ),
        Switch("A-21", "unset date-time", ("zero", "empty"), "zero", "0000-00-00 00:00:00 or an empty string"),
        Switch("A-22", "failure word", ("Error", "Failure", "failed"), "Error", "Status of a refusal"),
        Switch(
            "A-23",
            "bulk writes",
            ({"max_records": 1}, {"atomic": True}),
            {"max_records": 100, "atomic": False},
            "records per POST; atomic: one bad record refuses all",
        ),
        Switch(
            "A-24",
            "delete, unlink",
            ("405", "404"),
            "405",
            "status of DELETE on Records.php and of Delete or Unlink calls",
        ),
        Switch(
            "A-25", "soft-deleted rows", ("hidden", "marked"), "hidden", "never returned, or returned with deleted = 1"
        ),
        Switch(
            "A-26",
            "users and groups",
            ("404", "200"),
            "404",
            "status of GetUsers, GetGroups; 200 carries an error object",
        ),
        Switch(
            "A-27",
            "workflows, filters, history",
            ("404", "200"),
            "404",
            "status of GetWorkflows, GetFilters, GetViews, GetHistory; 200 carries an error object",
        ),
        Switch("A-28", "row filters", ("per_user", "off"), "per_user", "whether the row filters of the API users act"),
        Switch("A-29", "multi-select form", ("comma", "list"), "comma", "comma list of option ids, or a JSON list"),
        Switch("A-30", "RelatedRecords", ("empty", "absent"), "empty", "the key in write answers"),
        Switch(
            "A-31",
            "layout items in reads",
            ("ones", "none"),
            "ones",
            "layout machine names with the constant 1, or left out",
        ),
        Switch(
            "A-32",
            "redirects",
            ("plain", "redirect"),
            "plain",
            "redirect: every call is answered 302 to another name of the host, where a credential is refused",
        ),
        Switch(
            "A-33", "classic checkbox", ("true_false", "one_zero", "yes_no"), "true_false", "true/false, 1/0, Yes/No"
        ),
    )
}


def resolve(chosen: Mapping[str, Any], file: Path | str) -> dict[str, Any]:
    """Completes a choice of switches with the defaults.

    Args:
        chosen: id to value, as in site.json.
        file: named in errors.

    Raises:
        DatasetError: unknown id or value, naming the file and the key.
    """
    for switch_id in chosen:
        if switch_id not in SWITCHES:
            raise DatasetError(file, "unknown switch; known are A-01 to A-33", key=f"switches.{switch_id}")
    return {
        switch.id: switch.check(chosen[switch.id], file) if switch.id in chosen else switch.default
        for switch in SWITCHES.values()
    }
