"""The machinery under the lexicons: families of rules, compiled once, asked in order.

A sentence meets few of the patterns: those it has the letters for (see `needs`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from doorstepd.carriers.text.needs import Letters, Words, literals
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

State = tuple[Status | None, SubStatus | None]

# Phones, codes and waybills; what is shorter may be hours or attempts.
_NUMBER = re.compile(r"\d[\d*-]{4,}")
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


class Needy(NamedTuple):
    """A compiled pattern, what it decides, and the bits of which a sentence must have one (0: no telling)."""

    code: str
    needs: int
    pattern: "re.Pattern[str]"


class Compiled(NamedTuple):
    """A family ready to be asked."""

    family: Family
    needs: int
    gate: tuple[str, ...]
    unless: tuple[str, ...]
    rules: list[Needy]


@dataclass(frozen=True)
class Rulebook:
    """One language's lexicon, ready to decide. Patterns compile on the first sentence, not on import (so no slots)."""

    words: Mapping[str, str]
    families: tuple[Family, ...]
    reasons: Mapping[str, str]
    asides: tuple[str, ...]
    plans: tuple[str, ...]
    blots: str | None = None
    clause: str = "[^,。;]{0,16}?"
    by_words: bool = False

    def pattern(self, text: str) -> "re.Pattern[str]":
        """A lexicon pattern with its words and the clause mark filled in."""
        return re.compile(self._filled(text))

    def _filled(self, text: str) -> str:
        for word, choices in self.words.items():
            text = text.replace(f"<{word}>", choices)
        return text.replace("~", self.clause)

    @cached_property
    def _reasons(self) -> "re.Pattern[str]":
        return self.pattern("|".join(f"(?P<{code}>{text})" for code, text in self.reasons.items()))

    @cached_property
    def _needs(self) -> Letters | Words:
        every = (text for family in self.families for _, text in family.rules)
        return (
            Words() if self.by_words else Letters(text for pattern in every for text in literals(self._filled(pattern)))
        )

    def _needy(self, code: str, pattern: "re.Pattern[str]") -> Needy:
        return Needy(code, self._needs.bits_of(literals(pattern.pattern)), pattern)

    @cached_property
    def _compiled(self) -> list[Compiled]:
        return [self._family(family) for family in self.families]

    def _family(self, family: Family) -> Compiled:
        gate = tuple(family.gate.split())
        rules = [self._needy(c, self._reasons if c == "@reason" else self.pattern(text)) for c, text in family.rules]
        return Compiled(family, self._needs.bits_of(gate), gate, tuple(family.unless.split()), rules)

    @cached_property
    def _cuts(self) -> tuple[list[Needy], list[Needy]]:
        asides, plans = ([self._needy("", re.compile(text)) for text in texts] for texts in (self.asides, self.plans))
        return asides, plans

    @cached_property
    def _blots(self) -> "re.Pattern[str] | None":
        return re.compile(self.blots) if self.blots else None

    @cached_property
    def _decided(self) -> Callable[[str], State | None]:
        return lru_cache(maxsize=8192)(self._decide)

    def decide(self, folded: str) -> State | None:
        """The state that a folded sentence reports; None where no rule matches.

        Carriers fill in forms: with its places and numbers blotted out, most sentences have been decided before.
        """
        form = _NUMBER.sub("00000", folded)
        if self._blots and "[" in form:
            form = self._blots.sub("[#]", form)
        return self._decided(form)

    def _decide(self, form: str) -> State | None:
        compiled, (asides, plans) = self._compiled, self._cuts
        found = self._needs.found_in(form)
        said = _without(asides, form, found).strip()
        done: str | None = None
        for family, needs, gate, unless, rules in compiled:
            if needs and not needs & found:
                continue
            text = said
            if family.sees_asides:
                text = form
            elif not family.sees_plans:
                if done is None:
                    done = _without(plans, said, found)
                text = done
            if (gate and not _any_in(gate, text)) or (unless and _any_in(unless, text)):
                continue
            code = _first(rules, text, found)
            if code:
                return state_of(code)
        return None


def _without(cuts: list[Needy], text: str, found: int) -> str:
    for _, needs, pattern in cuts:
        if not needs or needs & found:
            text = pattern.sub(" ", text)
    return text


def _any_in(words: tuple[str, ...], text: str) -> bool:
    for word in words:  # noqa: SIM110 (a generator costs twice the time here)
        if word in text:
            return True
    return False


def _first(rules: list[Needy], text: str, found: int) -> str | None:
    for code, needs, pattern in rules:
        if needs and not needs & found:
            continue
        match = pattern.search(text)
        if match:
            if code == "@skip":
                return None
            return match.lastgroup if code == "@reason" else code
    return None
