"""A rule is passed over only where it could not have matched."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.carriers.text import states
from doorstepd.carriers.text.hygiene import clean, fold
from doorstepd.carriers.text.needs import Letters, Words, literals
from doorstepd.carriers.text.rules import Rulebook

DATA = Path(__file__).parent.parent / "data"
SENTENCES = [
    fold(clean(json.loads(line)["raw_text"]))
    for name in ("trace_sentences.jsonl", "more_sentences.jsonl")
    for line in (DATA / name).read_text(encoding="utf-8").splitlines()
]
BOOKS = [states._chinese, states._english, states._local]


@pytest.mark.parametrize(
    ("pattern", "strings"),
    [
        ("abc", {"abc"}),
        ("ab|cd", {"ab", "cd"}),
        ("签收(?!点)", {"签收"}),
        ("[东西]站", {"站"}),
        ("(?:甲乙|丙)?丁", {"丁"}),
        ("(?:甲乙|丙)+[^,]*", {"甲乙", "丙"}),
        ("a|b?", set()),
        ("^(?!.*x).*", set()),
        ("^(?=.*(?:door|gate)).*locked", {"locked"}),
        (r"\d+", set()),
    ],
)
def test_every_match_contains_one_of_the_literals(pattern: str, strings: set[str]) -> None:
    assert literals(pattern) == strings


def passed_over(book: Rulebook, text: str) -> list[str]:
    """The patterns that a book would not try on a text, though they match it."""
    compiled, (asides, plans) = book._compiled, book._cuts
    found = book._needs.found_in(text)
    rules = [rule for family in compiled for rule in family.rules] + asides + plans
    wrong = [
        rule.pattern.pattern for rule in rules if rule.needs and not rule.needs & found and rule.pattern.search(text)
    ]
    shut = [each.family.name for each in compiled if each.needs and not each.needs & found]
    open_ = [each.family.name for each in compiled if any(word in text for word in each.gate)]
    return wrong + sorted(set(shut) & set(open_))


@pytest.mark.parametrize("book", BOOKS)
def test_no_rule_that_matches_a_labelled_sentence_is_passed_over(book: Callable[[], Rulebook]) -> None:
    assert [sentence for sentence in SENTENCES if passed_over(book(), sentence)] == []


@pytest.mark.parametrize("book", BOOKS)
@given(st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=3), st.integers(0, 60), st.integers(1, 60))
def test_no_rule_that_matches_scraps_of_sentences_is_passed_over(
    book: Callable[[], Rulebook], chosen: list[str], start: int, length: int
) -> None:
    assert passed_over(book(), "".join(each[start : start + length] for each in chosen)) == []


def test_keys_that_come_later_are_found_in_words_seen_before() -> None:
    words = Words()
    assert words.found_in("delivered") == 0
    bits = words.bits_of(["deliver"])
    assert bits
    assert words.found_in("delivered") & bits


def test_a_string_that_is_too_short_says_nothing() -> None:
    assert Words().bits_of(["at", "delivered"]) == 0
    assert Letters([]).bits_of([" "]) == 0
