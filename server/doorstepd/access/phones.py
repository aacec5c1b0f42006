"""Telephone numbers: telling the kinds apart, one form for comparing them, and masks.

Kinds follow China's numbering plan (mobiles 1[3-9], area codes 010, 02x and 03xx to 09xx, service numbers 95xxx, 96xxx,
400 and 800) and ITU-T E.164 for the rest of the world. How much is hidden follows two readers: somebody who knows the
number (SELF: 138****5678) and print or a shared link (PUBLIC: six digits and more hidden, as GB/T 41833-2022 asks).
"""

import re
from enum import StrEnum
from typing import Final

LONGEST: Final = 40
"""More characters than any number with its extension has."""

_HIDDEN: Final = "******"
_EXTENSION_HIDDEN: Final = "-****"

_TO_ASCII: Final = {0xFF10 + n: str(n) for n in range(10)} | {
    ord("＋"): "+",
    ord("＊"): "*",
    ord("－"): "-",
    ord("（"): "(",
    ord("）"): ")",
    ord("，"): ",",
    ord("＃"): "#",
    ord("\u3000"): " ",
    ord("\u00a0"): " ",
}
_CHINA: Final = r"(?:\+|00)?86"
_HOTLINE: Final = re.compile(
    rf"(?:{_CHINA})?((?:400|800)\d{{7}}|95\d{{3,5}}|96\d{{3,4}}|101\d{{5}}|1[012]\d{{3}}|1[12]\d)"
)
_MOBILE: Final = re.compile(rf"(?:{_CHINA})?0?(1[3-9]\d{{9}})")
_LANDLINE: Final = re.compile(rf"(?:{_CHINA}0?|0)(10|2\d|[3-9]\d{{2}})(\d{{7,8}})")
_MASKED: Final = re.compile(r"(\+?\d*)\*+(\d*)")
_ABROAD: Final = re.compile(r"(?:\+|00)([1-9]\d*)")
_EXTENSION: Final = re.compile(
    r"(?P<base>.*?[\d*])[\s)]*(?P<sign>-|–|—|转分机|转|分机|ext\.?|x|#|,|p)[\s:]*(?P<number>[\d*]{1,8})", re.I | re.S
)
_COUNTRY: Final = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{1,3}")


class Profile(StrEnum):
    """How much a mask hides."""

    SELF = "self"
    PUBLIC = "public"


def to_ascii(text: str) -> str:
    """The text with full-width digits and signs as ASCII, character for character."""
    return text.translate(_TO_ASCII)


def is_hotline(phone: str) -> bool:
    """Whether it is a published service number, which belongs to nobody."""
    return _HOTLINE.fullmatch(_compact(to_ascii(phone))) is not None


def mask_phone(phone: str, profile: Profile = Profile.SELF) -> str:
    """The number with its middle hidden; the mask's length says nothing of the number's.

    A mobile of mainland China is 138****5678 (PUBLIC 138******78), a landline 0571-******, one from abroad
    +852 ******78 (PUBLIC +852 ******), an unknown kind ******78 (PUBLIC ******), one with an extension
    184****5678-****. Service numbers and blanks stay. What is already masked never shows more.
    """
    text = to_ascii(phone).strip()
    if not text:
        return ""
    if len(text) > LONGEST:
        return _HIDDEN
    base, extension = _split(text)
    return _mask_base(base, profile) + (_EXTENSION_HIDDEN if extension else "")


def normalise_phone(phone: str) -> str:
    """One form for all ways of writing a number, for comparing: +8613800005678, +86571..., +852..., or bare digits.

    An extension stays, after a semicolon: of a virtual number it is what names the person.
    """
    base, extension = _split(to_ascii(phone).strip()[:LONGEST])
    number = _international(_compact(base))
    return f"{number};{extension}" if extension else number


def tail(phone: str) -> str:
    """The last four digits, by which carriers and desks check who asks; empty if the number has fewer than seven.

    Of a virtual number it is the extension, if that has four digits.
    """
    base, extension = _split(to_ascii(phone).strip()[:LONGEST])
    if len(extension) == 4 and extension.isdigit():
        return extension
    digits = _compact(base).removeprefix("+")
    return digits[-4:] if len(digits) >= 7 and digits[-4:].isdigit() else ""


def _compact(text: str) -> str:
    kept = re.sub(r"[^0-9*+]", "", text)
    return kept[:1] + kept[1:].replace("+", "")


def _split(text: str) -> tuple[str, str]:
    """The number and its extension, which is empty if there is none."""
    if not text.endswith(_EXTENSION_HIDDEN) and _is_known(text):
        return text, ""
    found = _EXTENSION.fullmatch(text)
    if found is None:
        return text, ""
    # A dash alone also stands between groups of digits, so what is before it has to be a whole number.
    if not _is_known(found["base"]) and (found["sign"] in "-–—" or len(_compact(found["base"])) < 7):
        return text, ""
    return found["base"], found["number"]


def _is_known(text: str) -> bool:
    compact = _compact(text)
    return any(kind.fullmatch(compact) for kind in (_HOTLINE, _MOBILE, _LANDLINE, _MASKED))


def _mask_base(text: str, profile: Profile) -> str:
    compact = _compact(text)
    if hotline := _HOTLINE.fullmatch(compact):
        return text if re.fullmatch(r"[\d ()+-]+", text) else hotline[1]
    if mobile := _MOBILE.fullmatch(compact):
        return _mobile_mask(mobile[1][:3], mobile[1], profile)
    if landline := _LANDLINE.fullmatch(compact):
        return f"0{landline[1]}-{_HIDDEN}"
    if masked := _MASKED.fullmatch(compact):
        return _mask_again(masked[1], masked[2], profile)
    if (abroad := _ABROAD.fullmatch(compact)) and not abroad[1].startswith("86"):
        return _abroad_mask(abroad[1], abroad[1] if len(abroad[1]) >= 10 else "", profile)
    return _unknown_mask(compact if compact.isdigit() and len(compact) >= 8 else "", profile)


def _mask_again(head: str, end: str, profile: Profile) -> str:
    head = re.sub(rf"^{_CHINA}", "", head)
    if abroad := _ABROAD.fullmatch(head):
        return _abroad_mask(abroad[1], end, profile)
    if mobile := re.match(r"0?(1[3-9]\d)", head):
        return _mobile_mask(mobile[1], end, profile)
    if area := re.match(r"0(?:10|2\d|[3-9]\d{2})", head):
        return f"{area[0]}-{_HIDDEN}"
    return _unknown_mask(end, profile)


def _mobile_mask(head: str, digits: str, profile: Profile) -> str:
    shown = 4 if profile is Profile.SELF and len(digits) >= 4 else 2
    end = digits[-shown:] if len(digits) >= 2 else ""
    return f"{head}{'*' * (8 - len(end))}{end}"


def _abroad_mask(digits: str, end: str, profile: Profile) -> str:
    return f"+{_country(digits)} {_unknown_mask(end, profile)}"


def _unknown_mask(end: str, profile: Profile) -> str:
    return _HIDDEN + (end[-2:] if profile is Profile.SELF and len(end) >= 2 else "")


def _country(digits: str) -> str:
    found = _COUNTRY.match(digits)
    return found[0] if found else ""


def _international(compact: str) -> str:
    if mobile := _MOBILE.fullmatch(compact):
        return f"+86{mobile[1]}"
    if hotline := _HOTLINE.fullmatch(compact):
        return hotline[1]
    if landline := _LANDLINE.fullmatch(compact):
        return f"+86{landline[1]}{landline[2]}"
    return re.sub(r"^00(?=[1-9])", "+", compact)
