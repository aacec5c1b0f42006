"""What a pattern cannot match without, so that most rules never look at a sentence.

Every match of a pattern contains one of a few literal strings; one part of each is a key with a bit of its own. A rule
is tried only where it shares a bit with the sentence: an integer `&` in place of a scan.
"""

import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

_GROUPS = {op.SUBPATTERN: 3, op.ASSERT: 1}
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_MOST_WORDS = 16_384
_TRIGRAM = 3


def literals(pattern: str) -> frozenset[str]:
    """Strings of which every match contains at least one; empty where a match may do without any."""
    return _needed(parser.parse(pattern))


def _needed(sequence: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    choices: list[frozenset[str]] = []
    run = ""
    for code, argument in sequence:
        if code is op.LITERAL:
            run += chr(argument)
            continue
        choices += [frozenset({run})] if run else []
        run = ""
        choices.append(_needed_by(code, argument))
    choices += [frozenset({run})] if run else []
    return max(filter(None, choices), key=_selective, default=frozenset())


def _needed_by(code: Any, argument: Any) -> frozenset[str]:
    if code is op.BRANCH:
        return _one_of_each([_needed(branch) for branch in argument[1]])
    if code is op.IN:
        return _one_of_each([frozenset({chr(a)}) if c is op.LITERAL else frozenset() for c, a in argument])
    if code in _GROUPS:
        return _needed(argument[_GROUPS[code]])
    if code in _REPEATS and argument[0] > 0:
        return _needed(argument[2])
    return frozenset()


def _one_of_each(branches: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*branches) if all(branches) else frozenset()


def _selective(strings: frozenset[str]) -> tuple[int, int]:
    return min(_TRIGRAM, min(len(string.strip()) for string in strings)), -len(strings)


class Letters:
    """Keys of one character each, for a script in which a character says much."""

    def __init__(self, strings: Iterable[str]) -> None:
        """`strings` show which characters are rare, and so say more."""
        self._used = Counter(character for string in strings for character in set(string))
        self._bits: dict[str, int] = {}

    def bits_of(self, strings: Iterable[str]) -> int:
        """The bits of which a sentence has one if any of the strings occurs in it; 0 when that cannot be told."""
        bits = 0
        for string in strings:
            key = min(string.replace(" ", ""), key=lambda character: (self._used[character], character), default="")
            if not key:
                return 0
            bits |= self._bits.setdefault(key, 1 << len(self._bits))
        return bits

    def found_in(self, text: str) -> int:
        """The bits of the keys that occur in a sentence."""
        get, bits = self._bits.get, 0
        for character in set(text):
            bits |= get(character, 0)
        return bits


class Words:
    """Keys that are parts of words; which of them a word has is remembered, as words come again and again."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}
        self._starting: dict[str, list[str]] = {}
        self._known: dict[str, int] = {}

    def bits_of(self, strings: Iterable[str]) -> int:
        """The bits of which a sentence has one if any of the strings occurs in it; 0 when that cannot be told."""
        bits = 0
        for string in strings:
            key = max(string.split(), key=len, default="")
            if len(key) < _TRIGRAM:
                return 0
            if key not in self._bits:
                self._bits[key] = 1 << len(self._bits)
                self._known.clear()
                self._starting.setdefault(key[:_TRIGRAM], []).append(key)
            bits |= self._bits[key]
        return bits

    def found_in(self, text: str) -> int:
        """The bits of the keys that occur in a sentence."""
        known, bits = self._known, 0
        for word in text.split():
            found = known.get(word)
            if found is None:
                found = self._in_word(word)
                if len(known) < _MOST_WORDS:
                    known[word] = found
            bits |= found
        return bits

    def _in_word(self, word: str) -> int:
        bits = 0
        for start in range(len(word) - _TRIGRAM + 1):
            for key in self._starting.get(word[start : start + _TRIGRAM], ()):
                if word.startswith(key, start):
                    bits |= self._bits[key]
        return bits
