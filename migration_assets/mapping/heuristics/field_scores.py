"""How likely a field of the source is a standard target, from 0 to 1: its words, kind, links, options and values.

It belongs here: the evidence of one field for one target. It does not: which field gets a target (field_targets.py),
and what the options become (option_labels.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rapidfuzz import fuzz

from migration_assets.mapping.heuristics.labels import Reader, Reading
from migration_assets.mapping.heuristics.option_evidence import by_options
from migration_assets.mapping.heuristics.places import SAME_ROLE, by_place, nothing_against
from migration_assets.mapping.heuristics.rivals import behind_rivals, rival_key
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.heuristics.word_list import apart, common
from migration_assets.mapping.target_fields import STANDARDS, Standard

BEST = 0.97
_RANK, _OLD_NAME, _OTHER_LABEL = 0.02, 0.92, 0.6
_UNKNOWN_WORD, _OTHER_WORD = 0.55, 0.42
"""What a label is worth with a word more that is not known, or that is known to say something else."""
_OWN_NAMES = {"other", "question", "notes", "call"}
"""What the name of a tab may be known for besides its role."""
_BEFORE_HEAD = 0.8
_HEADS = frozenset({"team", "kind", "status", "priority", "tags", "body", "direction", "subject", "website"})
"""What a label may end with, whatever nobody knows before it: "CS team", "Entry text"."""
_PLAIN_HEADS = frozenset({"team", "tags"})
"""Of these the words before are of no account even where they are known: "Hotel department", "Subject tags"."""
_SHORT_AND_LONG = {("ticket", "subject"): 1, ("activity", "subject"): 1, ("task", "subject"): 1,
                   ("ticket", "description"): -1, ("activity", "body"): -1, ("task", "description"): -1}  # fmt: skip
_OTHER_LENGTH = 0.85
"""Where a tab has short and long texts, a short one is the subject and a long one the description."""
_BESIDE = {
    "email": {"main", "address"}, "other_email": {"address", "main"}, "phone": {"number", "main"},
    "other_phone": {"number", "phone"}, "closed": {"date", "reply"}, "due": {"date"}, "completed": {"date"},
    "date": {"date"}, "team": {"owner", "organization"}, "name": {"contact"}, "from": {"address", "email", "sent"},
    "to": {"address", "email", "sent"},
    "contact": {"name"}, "organization": {"name"}, "message_id": {"number"}, "duration": {"unit"},
    "description": {"ticket", "contact", "from", "html"}, "domain": {"address"},
    "first_name": {"name"}, "last_name": {"name"}, "kind": {"contact", "notes"}, "assignee": {"ticket", "main"},
    "cc": {"contact", "address", "email"}, "bcc": {"contact", "address", "email"},
}  # fmt: skip
"""Concepts that may stand beside a target's own without saying anything else."""
_TELLING_SHARE = {"email": "email_share", "other_email": "email_share", "from": "email_share", "to": "email_share",
                  "phone": "phone_share", "other_phone": "phone_share"}  # fmt: skip
_RECORDED = {("activity", "email_id"): "message_id"}
"""Machine names of Ivinex's own fields whose label says something else elsewhere (ivinex-api.md 6): an "Email ID" of a
contact is an address."""
_SOLE_KIND = {("contact", "email"): "email", ("contact", "phone"): "phone", ("ticket", "description"): "html",
              ("organization", "domain"): "url", ("activity", "html"): "html"}  # fmt: skip
_FIRST_OF_KIND = {("contact", "email"): "email", ("contact", "phone"): "phone"}
"""The first address of a tab is the main one, whatever word is beside it that nobody knows: "College e-mail"."""
_FIRST, _HALF_READ = 0.8, 0.4
_NAME_FROM, _SAME_NAME, _PLURAL = 4, 80, 2
"""From how many letters on a word of a tab's name counts, and how like it a word of a label has to be."""
_SOLE, _SOLE_LINK, _LINK, _SOLE_USER, _OWN_NAME = 0.75, 0.86, 0.62, 0.8, 0.85
_PART_UNKNOWN = 0.75
"""A compound whose first part nobody knows is still a team, or a kind: "Driftsteam"."""


class Tab:
    """The fields of one tab, and what only all of them together tell.

    Attributes:
        fields: in their order.
        placed: does the place of a field tell its target? What a tab is, it does not tell.
    """

    def __init__(self, fields: Sequence[Source], reader: Reader, placed: bool = True):
        self.fields = fields
        self.placed = placed
        self.reader = reader
        self.first = {field.kind: field.name for field in reversed(fields)}
        self.kinds = Counter(field.kind for field in fields)
        self.links = Counter(field.linked_role for field in fields if field.kind == "link")
        self.said = [self._plainly(field) for field in fields]
        self._readings: dict[str, list[Reading]] = {}

    def _plainly(self, field: Source) -> frozenset[str]:
        """The concepts of a label that says one thing only."""
        return frozenset(
            name for reading in self.reader.read(field.label) if len(reading.items) == 1 for name in reading.items[0]
        )

    def without_own_name(self, source: Source) -> str:
        """The label without what its tab is called, where no word list knows that: "Article subject" of "Articles"."""
        words = apart(source.label).split()
        own = [word for word in apart(source.tab).split() if len(word) >= _NAME_FROM or word in words]
        rest = [word for word in words if word not in own and not any(_same(word, name) for name in own)]
        said = {
            concept
            for word in words
            if word not in rest
            for reading in self.reader.read(word)
            for item in reading.items
            for concept in item
        }
        # What is the whole name of the tab says nothing more in it: "Conversation #" of "Conversations".
        whole = len(words) - len(rest) == len(own) == len(apart(source.tab).split())
        free = source.role in ("contact", "organization") or whole
        return " ".join(rest) if rest and (free or said <= SAME_ROLE[source.role] | _OWN_NAMES) else source.label

    def _is_own_name(self, source: Source) -> bool:
        """Does a label say nothing but what its tab is called?"""
        own = apart(source.tab).split()
        words = [word for word in apart(source.label).split() if len(word) >= _NAME_FROM]
        return bool(words) and all(any(_same(word, name) for name in own) for word in words)

    def _read(self, source: Source) -> list[Reading]:
        """The readings of a label, and of what is left of it without the name of its tab."""
        if source.name not in self._readings:
            readings = list(self.reader.read(source.label))
            before, purpose, _ = apart(source.label).partition(" for ")
            if purpose and source.role == "contact" and source.kind in ("email", "phone"):
                readings += self.reader.read(before)  # "Mail for invoices" is an address all the same
            if (shorter := self.without_own_name(source)) != source.label:
                readings += self.reader.read(shorter)
            self._readings[source.name] = readings
        return self._readings[source.name]

    def score(self, source: Source, target: str, standard: Standard) -> float:
        """0 where the kind or the link does not fit."""
        if source.kind not in standard.kinds or not standard.hints:
            return 0.0
        if standard.links_to and source.linked_role != standard.links_to:
            return 0.0
        score, unread = self._by_words(source, target, standard)
        if standard.links_to:
            score = max(score, _SOLE_LINK if self.links[standard.links_to] == 1 else _LINK if unread else 0.0)
        sole = _SOLE_KIND.get((source.role, target)) == source.kind and self.kinds[source.kind] == 1
        if sole and (unread or score >= _HALF_READ):
            score = max(score, _SOLE)
        if source.kind == "user" and self.kinds["user"] == 1 and (unread or score >= _HALF_READ):
            score = max(score, _SOLE_USER)
        if (source.role, target, source.kind) == ("ticket", "subject", "text") and "ticket" in self._plainly(source):
            score = max(score, _OWN_NAME)  # "Issue" in a tab of issues
        if (source.role, target, source.kind) == ("organization", "name", "text") and self._is_own_name(source):
            score = max(score, _OWN_NAME)  # "Body or firm" in a tab of bodies and firms
        first = self.first.get(_FIRST_OF_KIND.get((source.role, target), ""))
        if first == source.name and score >= _HALF_READ:
            score = max(score, _FIRST)
        score *= self._length(source, target)
        score = self._by_values(source, target, max(score, self._by_place(source, target)))
        if standard.vocabulary:
            score = self._by_options(source, target, score, unread)
        # An empty field loses to a filled one, a later one to an earlier one.
        tie = 0.001 * source.position / max(1, len(self.fields)) + (0.04 if source.filled_share == 0 else 0.0)
        return max(0.0, score - tie)

    def _by_place(self, source: Source, target: str) -> float:
        return by_place(source, target, self.fields, self._read) if self.placed else 0.0

    def _by_options(self, source: Source, target: str, score: float, unread: bool) -> float:
        neutral = nothing_against(self._read(source), SAME_ROLE[source.role] | {"filler", "contact"})
        told = "unread" if unread else "open" if neutral else "against"
        return by_options(target, source.choices, score, BEST, told, self.reader.spoken)

    def _length(self, source: Source, target: str) -> float:
        """Less than 1 for a long text as a subject and a short one as a description, where the tab has both."""
        wanted = _SHORT_AND_LONG.get((source.role, target), 0)
        both = self.kinds["text"] and self.kinds["longtext"] + self.kinds["html"]
        is_long = source.kind in ("longtext", "html")
        return _OTHER_LENGTH if wanted and both and is_long == (wanted > 0) else 1.0

    def _by_words(self, source: Source, target: str, standard: Standard) -> tuple[float, bool]:
        """The score of label and machine name, and whether the label says nothing at all."""
        label = self._read(source)
        by_label = max((self._matches(reading, source.role, target, standard) for reading in label), default=0.0)
        by_name = max(
            (self._matches(reading, source.role, target, standard) for reading in self.reader.read_name(source.name)),
            default=0.0,
        )
        if source.role == "contact" and (half := self._half_a_name(source)):
            # Where one field is the last name, the plain "name" beside it is the first name, and the other way.
            by_label = BEST if target == half else _OTHER_WORD * by_label
        if _RECORDED.get((source.role, source.name)) == target:
            by_label = max(by_label, _OLD_NAME)
        unread = not any(reading.known for reading in label)
        if by_label or unread:
            return max(by_label, _OLD_NAME * by_name), unread
        return _OTHER_LABEL * by_name, False

    def _matches(self, reading: Reading, role: str, target: str, standard: Standard) -> float:
        beside = SAME_ROLE[role] | _BESIDE.get(target, set()) | {"filler"}
        best = 0.0
        for rank, hint in enumerate(standard.hints):
            wanted = set(hint.split())
            held = [item for item in reading.items if item & wanted]
            if not all(any(concept in item for item in held) for concept in wanted) or len(held) < len(wanted):
                continue
            more = [item for item in reading.items if not item & wanted and not item & beside]
            unknown = sum(1 for item in more if not item)
            is_head = wanted & _HEADS and reading.items[-1] & wanted
            of_other = _BEFORE_HEAD if is_head and wanted & _PLAIN_HEADS else _OTHER_WORD
            less = (_BEFORE_HEAD if is_head else _UNKNOWN_WORD) ** unknown * of_other ** (len(more) - unknown)
            if reading.question and reading.items[0] & wanted and not reading.items[0] & {"date"}:
                less = max(less, _BEFORE_HEAD)  # "How quickly must we answer?"
            if reading.compound and unknown == 1 and len(reading.items) == 2 and target in ("team", "kind"):
                less = max(less, _PART_UNKNOWN)
            best = max(best, (BEST - _RANK * min(rank, 3)) * reading.worth * less)
        return best

    def _half_a_name(self, source: Source) -> str:
        """The half that a plain "name" is, where the other half has a field of its own."""
        if "name" not in self._plainly(source):
            return ""
        others = [said for field, said in zip(self.fields, self.said, strict=True) if field is not source]
        first, last = (any(half in said for said in others) for half in ("first_name", "last_name"))
        if first == last:
            return ""
        return "first_name" if last else "last_name"

    def _by_values(self, source: Source, target: str, score: float) -> float:
        share = source.share(_TELLING_SHARE.get(target, ""))
        if share is None or source.filled == 0:
            return score
        if share > 0.8:
            return score + (1 - score) * 0.4
        return score * 0.5 if share < 0.2 and source.kind == "text" else score


def _same(word: str, name: str) -> bool:
    """One word in the singular and in the plural: "surgery" and "surgeries"."""
    if name.endswith("ies") and word == f"{name.removesuffix('ies')}y":
        return True
    alike = common(word, name) >= max(_NAME_FROM, min(len(word), len(name)) - 1)
    return fuzz.ratio(word, name) >= _SAME_NAME or (alike and abs(len(word) - len(name)) <= _PLURAL)


def fit(tab: Tab, role: str, target: str) -> list[float]:
    """The score of every field of a tab for one target, less where another one of them names it more plainly."""
    scores = [tab.score(field, target, STANDARDS[role][target]) for field in tab.fields]
    spoken = tab.reader.spoken
    key = rival_key(role, target, tab.fields[0].tab if tab.fields else "", spoken)
    return behind_rivals(key, [field.label for field in tab.fields], scores, spoken)
