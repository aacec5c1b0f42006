"""Addresses masked down to the street or compound.

An address with Chinese characters runs from the large to the small, so everything from the first house, building or
room number on is cut off: what follows it is smaller still, or a remark. A Latin address mixes the order, so there each
part that tells the door is replaced where it stands.
"""

import re
from typing import Final

from doorstepd.access.phones import to_ascii

HIDDEN: Final = "***"
LONGEST: Final = 500
"""Characters of an address that are looked at; the rest is cut off like everything small."""

_LETTERS: Final = {0xFF21 + n: chr(0x41 + n) for n in range(26)} | {0xFF41 + n: chr(0x61 + n) for n in range(26)}

_HAN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]")
_NUMERAL: Final = "零〇○一二三四五六七八九十百千两壹贰貳叁參肆伍陆陸柒捌玖拾佰"
_DIGIT: Final = r"\d①-⑳⑴-⒇Ⅰ-Ⅻ"
_UNIT: Final = "号院|号楼|号|號|栋|棟|幢|单元|單元|室|楼|樓|层|層|弄|座|户|戶|房|门|門|梯|铺|舖|档"
# Numbered streets, lines and villages are places that many share; a number before one of these words is kept.
_SHARED: Final = (
    r"号线|号路|号街|号大街|号大道|号公路|号桥|號路|國道|国道|省道|县道|乡道|高速|大街|大道|路|街|道|环|巷|胡同|"
    r"[村组組队連连团里期区區镇乡師师中]"
)
_BEFORE: Final = r"(?:第|附|负|地下|之|[甲乙丙丁戊己庚辛])?[A-Za-z#\-]{0,4}"
_CUT: Final = re.compile(
    rf"\*|"
    rf"{_BEFORE}[{_DIGIT}]{{5,}}|"
    rf"{_BEFORE}[{_DIGIT}](?<![\d]\d)(?![{_DIGIT}]{{0,3}}(?:{_SHARED}))|"
    rf"{_BEFORE}[{_NUMERAL}]+(?:(?:号|號)(?!线|路|街|大街|大道|公路|桥)|(?:院|楼|樓|层|層|室|户|戶|房)(?![村镇乡街路])|[栋棟幢弄座]|单元|單元)|"
    rf"{_BEFORE}[零〇○一二三四五六七八九]{{3,}}(?![{_NUMERAL}]|{_SHARED})|"
    rf"(?<![A-Za-z])[A-Za-z]{{1,2}}(?=(?:{_UNIT}))|"
    r"[东西南北中主副裙前后附](?:座|栋|棟|幢|单元|單元)|"
    r"[东西南北主副裙前后附顶底](?:楼|樓|层|層)(?![村镇乡街路区])|"
    r"单元|單元"
)
_POSTCODE: Final = re.compile(r"^\s*\d{6}(?!\d)[\s,，]*")
_SEPARATORS: Final = " \t\r\n,，、;；:：.。(（[【-—–_/#"

_NUMBER_WORD: Final = "one|two|three|four|five|six|seven|eight|nine|ten|ground|top|first|second|third|fourth|fifth"
_DESIGNATOR: Final = (
    "apartment|apt|unit|suite|ste|flat|room|rm|floor|flr|fl|building|bldg|block|blk|tower|twr|house|lot|level|lvl|"
    "door|villa|shop|box|no|nr|hs|wing|entrance|staircase|penthouse|ph"
)
_DOOR: Final = rf"\*+|[A-Za-z]?-?\d[\w/-]*|[A-Za-z]{{1,2}}(?![A-Za-z])|(?:{_NUMBER_WORD})\b"
_LATIN: Final = (
    re.compile(r"\b(?:c/o|attn|attention|care of)\b[^,;\n]*", re.I),
    re.compile(r"\bp\.?\s?o\.?\s?box\b\.?\s*[^\s,;]*", re.I),
    re.compile(rf"\b(?:{_NUMBER_WORD}|\d+(?:st|nd|rd|th)|g|ug|lg|b)[\s/-]*(?:floor|flr|fl|f|/f)\b\.?", re.I),
    re.compile(rf"\b(?:{_DESIGNATOR})\b\.?[\s#:]*(?:{_DOOR})", re.I),
    re.compile(r"\bpenthouse\b", re.I),
    re.compile(r"(?<![^\s,;()])(?!\d+(?:st|nd|rd|th)(?:[\s,;()]|$))[^\s,;()]*[\d*][^\s,;()]*", re.I),
)
_NEIGHBOURS: Final = re.compile(r"\*+(?:[\s,;/&-]*\*+)*")


def mask_address(text: str) -> str:
    """The address down to its street or compound, then `***`; masking a masked address changes nothing."""
    # Once more as long as something changes: with its end cut off, a number can turn out to be a door's.
    before, text = None, text[:LONGEST]
    while text != before:
        before, text = text, _mask_once(text)
    return text


def _mask_once(text: str) -> str:
    plain = to_ascii(text).translate(_LETTERS)
    return _mask_chinese(text, plain) if _HAN.search(plain) else _mask_latin(plain)


def _mask_chinese(text: str, plain: str) -> str:
    start = found.end() if (found := _POSTCODE.match(plain)) else 0
    cut = _CUT.search(plain, start)
    if cut is None:
        return text[start:].strip()
    if _HAN.search(plain, start, cut.start()):
        return text[start : cut.start()].strip().rstrip(_SEPARATORS) + HIDDEN
    # With its Chinese part cut off it is a Latin address, and has to come out as one would.
    return _mask_latin(f"{plain[start : cut.start()]} {HIDDEN}")


def _mask_latin(plain: str) -> str:
    for pattern in _LATIN:
        plain = pattern.sub(HIDDEN, plain)
    return " ".join(_NEIGHBOURS.sub(HIDDEN, plain).split())
