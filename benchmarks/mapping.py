"""How many fields, values and tabs the proposal gets right: python -m benchmarks.mapping [--part later]

The lists in benchmarks/mapping_lists are labels as users of helpdesks name their fields, in twelve languages, written
by hand before the proposer was. Of each language one site was used while the word lists were written ("tuned"), another
one only for the figures ("held out"); a third was written when the words stood, to see what they miss ("later"). The
sets "development 2" and "held-out 2" to "held-out 22" were written after that, each before anything was changed for it;
docs/mapping.md has their first figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from migration_assets.mapping.heuristics import languages as word_lists
from migration_assets.mapping.heuristics.option_values import option_values
from migration_assets.mapping.heuristics.role_proposal import propose_roles
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.model import TO_DECIDE, Role
from migration_assets.mapping.propose import propose, reader_of
from migration_assets.mapping.proposers.meaning import meaning_or_none
from migration_assets.mapping.proposers.proposer import Evidence, Proposer
from migration_assets.mapping.target_fields import PLATFORM_FIELDS
from sandbox.generator.names import machine_name

LISTS = Path(__file__).parent / "mapping_lists"
KINDS = {"t": "text", "l": "longtext", "h": "html", "e": "email", "p": "phone", "u": "url", "d": "dropdown",
         "m": "multi", "c": "checkbox", "D": "date", "T": "datetime", "n": "number", "x": "decimal", "U": "user",
         "f": "file"}  # fmt: skip
ROLE_OF = {"status": "ticket", "priority": "ticket", "kind": "activity", "direction": "activity"}


@dataclass
class Site:
    """One site of a list: tabs with their fields, and the options of each vocabulary."""

    language: str
    part: str
    tabs: list[tuple[str, str]] = field(default_factory=list)
    fields: list[tuple[int, str, str, str]] = field(default_factory=list)
    values: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def numbers(self) -> dict[str, list[str]]:
        roles: dict[str, list[str]] = {}
        for number, (role, _) in enumerate(self.tabs):
            roles.setdefault(role, []).append(str(1000 + number))
        return roles

    def frame(self) -> pd.DataFrame:
        """The rows of `ivinex.fields`."""
        # Ivinex's own fields are in every tab, so no other one has their names (as in sandbox/generator/tables.py).
        rows, taken = [], {number: set(PLATFORM_FIELDS) for number in range(len(self.tabs))}
        for place, (tab, label, kind, target) in enumerate(self.fields):
            linked = next(iter(self.numbers.get(kind.removeprefix("L:"), [])), None) if kind.startswith("L:") else None
            options = list(self.values.get(target, {})) if self.tabs[tab][0] == ROLE_OF.get(target) else []
            rows.append(
                {
                    "collection_type_id": str(1000 + tab),
                    "tab": self.tabs[tab][1],
                    "field_id": str(30000 + place),
                    "field_name": machine_name(label, taken[tab]),
                    "label": label,
                    "kind": "link" if kind.startswith("L:") else KINDS[kind],
                    "linked_collection_type_id": linked,
                    "options": json.dumps([{"id": str(n), "label": text} for n, text in enumerate(options)]),
                    "position": place,
                }
            )
        return pd.DataFrame(rows)


def read_sites() -> Iterator[Site]:
    """Every site of every list."""
    for file in sorted(LISTS.glob("*.txt")):
        site: Site | None = None
        vocabulary = ""
        for line in file.read_text("utf-8").splitlines():
            word, _, rest = line.partition(" ")
            if word == "part":
                if site:
                    yield site
                site, vocabulary = Site(file.stem, rest), ""
            elif site and word == "tab":
                role, _, name = rest.partition("|")
                site.tabs.append((role.strip(), name.strip()))
            elif site and word == "values":
                vocabulary = rest
            elif site and vocabulary and line:
                value, _, labels = line.partition(":")
                site.values[vocabulary] |= {label.strip(): value.strip() for label in labels.split(";")}
            elif site and line:
                label, kind, target = (part.strip() for part in line.split("|"))
                site.fields.append((len(site.tabs) - 1, label, kind, target))
        if site:
            yield site


@dataclass
class Result:
    """What one site came to: (what, whether it is right, confidence), and what went wrong."""

    fields: list[tuple[bool, float]] = field(default_factory=list)
    given: list[tuple[bool, float]] = field(default_factory=list)
    values: list[tuple[bool, float]] = field(default_factory=list)
    roles: list[bool] = field(default_factory=list)
    wrong_values: int = 0
    closed_by_mistake: int = 0
    asked: int = 0
    misses: list[str] = field(default_factory=list)


def measure(site: Site, others: Sequence[Proposer] = ()) -> Result:  # noqa: C901
    """Propose for one site and compare with what its list says."""
    result = Result()
    fields = site.frame()
    proposed = propose_roles([(str(1000 + n), name) for n, (_, name) in enumerate(site.tabs)], fields)
    for number, (role, name) in enumerate(site.tabs):
        right = proposed[str(1000 + number)].role == role
        result.roles.append(right)
        if not right:
            result.misses.append(f"tab {name}: {role}, not {proposed[str(1000 + number)]}")
    profile = pd.DataFrame({**fields[["collection_type_id", "field_name"]], "filled_share": 0.9, "max_length": 20})
    mapping = propose(fields, profile, site.numbers, "UTC", max_fields=200, others=others)
    made = {(item.collection_type_id, item.source): item for _, _, item in reversed(list(mapping.each()))}
    made |= {(i.collection_type_id, i.source): i for _, _, i in mapping.each("standard")}
    for (tab, label, _, expected), row in zip(site.fields, fields.to_dict("records"), strict=True):
        item = made[(row["collection_type_id"], row["field_name"])]
        target = item.target.name if item.target.to == "standard" else "-"
        target = "number" if item.target.name == "Ivinex number" else target
        right = target in expected.split("/")
        result.fields.append((right, item.confidence))
        result.asked += bool(item.to_decide)
        if item.target.to == "standard":
            result.given.append((right, item.confidence))
        if not right:
            told = f"{site.tabs[tab][0]}: {label}: {expected}, not {target} ({item.confidence})"
            result.misses.append(told + (" asked" if item.to_decide else ""))
    reader = reader_of(fields, site.numbers)
    for vocabulary, options in site.values.items():
        source = Source("ticket", "1", "", "x", "1", "x", "dropdown", options={label: label for label in options})
        role: Role = "ticket" if vocabulary in ("status", "priority") else "activity"
        asked = Evidence(role, [replace(source, role=role)], reader)
        thought = [other.propose(asked).values.get((source.name, vocabulary), {}) for other in others]
        found = option_values(
            vocabulary, source, reader.spoken, others={k: v for one in thought for k, v in one.items()}
        )
        for label, expected in options.items():
            value = found.values.get(label, TO_DECIDE)  # a placeholder ("-") is no option
            right = value == (TO_DECIDE if expected == "?" else expected)
            if expected != "?":
                result.values.append((right, found.confidence.get(label, 0.0)))
            if value not in (TO_DECIDE, expected):
                result.wrong_values += 1
                result.closed_by_mistake += vocabulary == "status"
            if not right:
                result.misses.append(f"{vocabulary} {label}: {expected}, not {value} {found.reasons.get(label, '')}")
    return result


def forget(part: float) -> None:
    """Leave out this part of all words, always the same ones: what the proposal does with words that it never saw."""
    read = word_lists._content

    def content(name: str) -> dict[str, Any]:
        found = read(name)
        for section in ("concepts", "values"):
            for key, words in found.get(section, {}).items():
                kept = [w for w in words.split(",") if zlib.crc32(f"{name} {w.strip()}".encode()) % 1000 >= part * 1000]
                found[section][key] = ",".join(kept)
        return found

    word_lists._content = content


def share(rows: list[tuple[bool, float]]) -> str:
    return f"{sum(right for right, _ in rows)} of {len(rows)} ({sum(right for right, _ in rows) / len(rows):.1%})"


def reliability(rows: list[tuple[bool, float]]) -> Iterator[str]:
    """Of what was said with a confidence, how much is right."""
    bands = ((0.0, 0.5), (0.5, 0.75), (0.75, 0.85), (0.85, 0.95), (0.95, 1.01))
    for low, high in bands:
        held = [(right, said) for right, said in rows if low <= said < high]
        if held:
            said = sum(confidence for _, confidence in held) / len(held)
            yield f"| {low:.2f} to {min(high, 1):.2f} | {len(held)} | {said:.2f} | {share(held)} |"


def main() -> int:  # noqa: C901
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="", help="tuned or held out; both where left out")
    parser.add_argument("--language", default="", help="one language")
    parser.add_argument("--misses", action="store_true", help="name what is not right")
    parser.add_argument("--nameless", action="store_true", help="tabs have names that say nothing")
    parser.add_argument("--forget", type=float, default=0.0, help="share of the words that are left out, 0 to 1")
    parser.add_argument("--meaning", action="store_true", help="ask the extra [semantic] too")
    chosen = parser.parse_args()
    meaning = meaning_or_none() if chosen.meaning else None
    if chosen.meaning and meaning is None:
        parser.error("the extra [semantic] is not installed")
    if chosen.forget:
        forget(chosen.forget)
    results: dict[tuple[str, str], Result] = {}
    for site in read_sites():
        if chosen.nameless:
            site.tabs = [(role, f"Xq{number}") for number, (role, _) in enumerate(site.tabs)]
        if site.part.startswith(chosen.part) and site.language.startswith(chosen.language):
            results[(site.language, site.part)] = measure(site, [meaning] if meaning else [])
    print("| language | part | tabs | fields | wrong targets | asked | values | wrong values |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for (language, part), one in results.items():
        tabs = f"{sum(one.roles)} of {len(one.roles)}"
        wrong = sum(not right for right, _ in one.given)
        print(f"| {language} | {part} | {tabs} | {share(one.fields)} | {wrong} | {one.asked} | {share(one.values)} | "
              f"{one.wrong_values} |")  # fmt: skip
        for miss in one.misses if chosen.misses else ():
            print(f"    {miss}")
    every = list(results.values())
    for name, held in (("English", [one for (code, _), one in results.items() if code == "en"]),
                       ("others", [one for (code, _), one in results.items() if code != "en"])):  # fmt: skip
        if held:
            given = [row for one in held for row in one.given]
            wrong = sum(not right for right, _ in given)
            print(f"\n{name}: fields {share([row for one in held for row in one.fields])}, values "
                  f"{share([row for one in held for row in one.values])}, wrong standard targets {wrong} of "
                  f"{len(given)}, open and closed mistaken {sum(one.closed_by_mistake for one in held)}")  # fmt: skip
    for name in ("given", "values"):
        print(f"\n| confidence of {name} | number | said | right |\n| --- | --- | --- | --- |")
        print("\n".join(reliability([row for one in every for row in getattr(one, name)])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
