"""The machinery under the lexicons: families of rules, compiled once, asked in order."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

State = tuple[Status | None, SubStatus | None]

UNMAPPED: State = (Status.UNKNOWN, SubStatus.UNMAPPED)
NEWS: State = (None, None)
_STATUS_CODES = frozenset(status.value for status in Status)


@dataclass(frozen=True, slots=True)
class Family:
    """Rules that belong together.

    `gate` lists word fragments of which one must occur before any rule is tried (none: always tried), `unless` those
    that close the family. A rule is (what, pattern); what is the code of a sub-status or of a status, or
    @reason (the reason that the sentence names first), @skip (leave the family) or @none (news that changes nothing).
    """

    name: str
    gate: str
    rules: tuple[tuple[str, str], ...]
    unless: str = ""
    sees_plans: bool = True
    sees_asides: bool = False


def state_of(code: str) -> State:
    """The state that a rule's code names."""
    if code == "@none":
        return NEWS
    if code in _STATUS_CODES:
        return Status(code), None
    sub = SubStatus(code)
    return STATUS_OF[sub], sub


@dataclass(frozen=True)
class Rulebook:
    """One language's lexicon, ready to decide. Patterns compile on the first sentence, not on import (so no slots)."""

    words: Mapping[str, str]
    families: tuple[Family, ...]
    reasons: Mapping[str, str]
    asides: str
    plans: str
    blots: str | None = None
    clause: str = "[^,。;]{0,16}?"

    def pattern(self, text: str) -> "re.Pattern[str]":
        """A lexicon pattern with its words and the clause mark filled in."""
        for word, choices in self.words.items():
            text = text.replace(f"<{word}>", choices)
        return re.compile(text.replace("~", self.clause))

    @cached_property
    def _reasons(self) -> "re.Pattern[str]":
        return self.pattern("|".join(f"(?P<{code}>{text})" for code, text in self.reasons.items()))

    @cached_property
    def _compiled(self) -> "list[tuple[Family, tuple[str, ...], tuple[str, ...], list[tuple[str, re.Pattern[str]]]]]":
        return [(f, tuple(f.gate.split()), tuple(f.unless.split()), self._rules(f.rules)) for f in self.families]

    def _rules(self, rules: Iterable[tuple[str, str]]) -> "list[tuple[str, re.Pattern[str]]]":
        return [(code, self._reasons if code == "@reason" else self.pattern(text)) for code, text in rules]

    @cached_property
    def _cuts(self) -> "tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str] | None]":
        return re.compile(self.asides), re.compile(self.plans), re.compile(self.blots) if self.blots else None

    def decide(self, folded: str) -> State | None:
        """The state that a folded sentence reports; None where no rule matches."""
        asides, plans, blots = self._cuts
        said = asides.sub(" ", folded).strip()
        if blots and "[" in said:
            said = blots.sub("[#]", said)
        done: str | None = None
        for family, gate, unless, rules in self._compiled:
            text = said
            if family.sees_asides:
                text = folded
            elif not family.sees_plans:
                if done is None:
                    done = plans.sub(" ", said)
                text = done
            if (gate and not _any_in(gate, text)) or (unless and _any_in(unless, text)):
                continue
            code = _first(rules, text)
            if code:
                return state_of(code)
        return None


def _any_in(words: tuple[str, ...], text: str) -> bool:
    for word in words:  # noqa: SIM110 (a generator costs twice the time here)
        if word in text:
            return True
    return False


def _first(rules: "list[tuple[str, re.Pattern[str]]]", text: str) -> str | None:
    for code, pattern in rules:
        found = pattern.search(text)
        if found:
            if code == "@skip":
                return None
            return found.lastgroup if code == "@reason" else code
    return None
