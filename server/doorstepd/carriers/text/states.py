"""What state a sentence reports."""

import re
from functools import cache

from doorstepd.carriers.text.rules import NEWS, Rulebook, State

_HAN = re.compile(r"[\u3400-\u9fff]")


@cache
def _chinese() -> Rulebook:
    from doorstepd.carriers.text import lexicon_zh as zh

    words = zh.WORDS
    return Rulebook(words, zh.FAMILIES, zh.REASONS, zh.ASIDES, zh.PLANS, zh.PLACE_NAMES)


@cache
def _english() -> Rulebook:
    from doorstepd.carriers.text import lexicon_en as en

    return Rulebook(en.WORDS, en.FAMILIES, en.REASONS, en.ASIDES, en.PLANS, clause="[^.;]{0,20}?", by_words=True)


@cache
def _local() -> Rulebook:
    from doorstepd.carriers.text import lexicon_local as local

    return Rulebook(local.WORDS, local.FAMILIES, local.REASONS, local.ASIDES, local.PLANS, by_words=True)


def is_chinese(text: str) -> bool:
    """Whether any Chinese character occurs."""
    return _HAN.search(text) is not None


def decide(folded: str) -> State | None:
    """The state that a folded sentence reports, None where no rule of any language matches."""
    if not folded:
        return NEWS
    if is_chinese(folded):
        return _chinese().decide(folded) or (_english().decide(folded) if _LATIN_SENTENCE.search(folded) else None)
    return _english().decide(folded) or _local().decide(folded)


_LATIN_SENTENCE = re.compile(r"[a-z]{3,} [a-z]{2,}")
