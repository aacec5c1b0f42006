"""Carriers' sentences with everything personal in them masked: phones, mail addresses, people, doors, papers."""

import re
from collections.abc import Iterable
from typing import Final

from doorstepd.access.masking import mask_name
from doorstepd.access.persons import mask_persons
from doorstepd.access.phones import is_hotline, mask_phone, to_ascii

_GAP: Final = r"[ .·‐–—-]?"
_EXTENSION: Final = (
    r"(?:\s?(?:转分机|转|分机|ext\.?|#)[\s:]*\d{1,6}(?!\d)|[-–—]\d{1,6}(?!\d|[-/:.]\d|年)|,\d{4}(?!\d|[-/:.]\d|年|件))?"
)
# The ways to group eleven digits: 3-4-4, 4-4-3, 3-3-5, 4-7, 5-6.
_MOBILE: Final = (
    rf"1[3-9]\d(?:{_GAP}\d{{4}}{_GAP}\d{{4}}|\d{_GAP}\d{{4}}{_GAP}\d{{3}}|{_GAP}\d{{3}}{_GAP}\d{{5}}"
    rf"|\d{_GAP}\d{{7}}|\d\d{_GAP}\d{{6}})"
)
_AREA: Final = r"0(?:10|2\d|[3-9]\d\d)"
_LANDLINE: Final = rf"(?:\({_AREA}\)|{_AREA}){_GAP}(?:\d{{4}}{_GAP}\d{{3,4}}|\d{{3}}{_GAP}\d{{4}})"
# Somebody's own mask right behind a number would else run into ours.
_STARS: Final = r"(?:\*[\d*]*)?"
_PHONE: Final = re.compile(
    "|".join(
        (
            rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?0?{_MOBILE}(?!\d){_STARS}{_EXTENSION}",
            rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?{_LANDLINE}(?!\d){_STARS}{_EXTENSION}",
            r"\+[ ]?\(?[1-9](?:[ ().-]{0,2}\d){6,14}(?!\d)",
            r"(?<!\d)00[1-9](?:[ -]?\d){8,13}(?!\d)",
            # Hong Kong, Macau; Taiwan's mobiles; North America: with the separators that tell them from other numbers.
            r"(?<!\d)\(?85[23]\)?[ -]\d{4}[ -]?\d{4}(?!\d)",
            r"(?<!\d)09\d\d[ -]?\d{3}[ -]?\d{3}(?!\d)",
            r"(?<!\d)(?:1[-. ])?(?:\(\d{3}\)[ -]?|\d{3}[-.])\d{3}[-.]\d{4}(?!\d)",
            # Half masked by somebody else, and showing more than we do.
            rf"(?<![\d*])(?:1[3-9]\d{{1,8}}|{_AREA}-?(?!1[3-9]\d\*)\d{{0,8}})\*{{2,}}[\d*]*",
        )
    ),
    re.I,
)
# North America's; without a separator after the 1 it would be a Chinese mobile.
_TOLL_FREE: Final = re.compile(r"(?:\+1[-. ]?|1[-. ])?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]?\d{3}[-. ]?\d{4}")
# A number that words call a phone, whatever its kind.
_CALLED_PHONE: Final = re.compile(
    r"(?P<words>(?:电话|電話|手机|手機|致电|拨打|联系|联络|电联|来电|座机|(?<![a-z])(?:tel|telephone|phone|mobile|cell|call|contact|whatsapp))"
    r"[\s:：.()【\[是为=号码機机方式人no]{0,10})(?P<number>(?!(?:19|20)\d\d-\d)\d(?:[ -]?\d){6,14})(?!\d)",
    re.I,
)
_PASSES: Final = 5
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?=[A-Za-z0-9-]{1,63}\.)")


def mask_text(text: str, names: Iterable[str] = ()) -> str:
    """A carrier's sentence with phones, mail addresses and the given names masked.

    Service numbers (95338, 400-...), tracking numbers and times stay, save that eleven digits that begin like a mobile
    are taken for one. Names are found behind the words for roles; elsewhere they cannot be, so those known are to be
    given.
    """
    text = mask_persons(_mask_names(text, names), mask_name)
    # A mask of ours beside stars of somebody else's can look like a third: once more until nothing changes.
    for _ in range(_PASSES):
        before, text = text, _EMAIL.sub("***@", _replace(_CALLED_PHONE, "number", _replace(_PHONE, 0, text)))
        if text == before:
            break
    return text


def _mask_names(text: str, names: Iterable[str]) -> str:
    # One character would be found in half of all sentences.
    known = sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    if not known:
        return text
    return re.sub("|".join(map(_whole_word, known)), lambda found: mask_name(found[0]), text, flags=re.I)


def _whole_word(name: str) -> str:
    """Li is not masked in "Delivered"."""
    before = r"(?<![A-Za-z])" if name[0].isascii() else ""
    after = r"(?![A-Za-z])" if name[-1].isascii() else ""
    return before + re.escape(name) + after


def _replace(pattern: re.Pattern[str], group: int | str, text: str) -> str:
    """Masks the numbers found, read with full-width digits as ASCII; the rest of the text stays as it was written."""
    pieces: list[str] = []
    end = 0
    for found in pattern.finditer(to_ascii(text)):
        number = found[group]
        pieces += text[end : found.start(group)], number if _belongs_to_nobody(number) else mask_phone(number)
        end = found.end(group)
    return "".join((*pieces, text[end:]))


def _belongs_to_nobody(number: str) -> bool:
    return is_hotline(number) or _TOLL_FREE.fullmatch(number) is not None
