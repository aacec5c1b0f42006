"""Who collects or delivers, and the number to call: only where the sentence names that person."""
# ruff: noqa: E501 (patterns and lists are data; breaking them would only hide them)

import re
from typing import NamedTuple

from doorstepd.access.surnames import COMPOUND_SURNAMES, SURNAMES

_MOBILE = r"(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?[\d*]{4}[- ]?\d{4}|\*{2,8}\d{2,4})"
_LANDLINE = r"(?:0\d{2,3}[- ]?|\(0\d{2,3}\)[- ]?)\d{7,8}"
# Hotlines (95xxx, 400, 800) are left out on purpose: nobody's own number looks like that.
PHONE = rf"(?<![\d*])(?:{_MOBILE}|{_LANDLINE})(?:(?:转|-|,转|#| ?ext\.? ?)\d{{1,6}})?(?![\d*])"

_ROLE = (
    "(?:(?:派送|派件|配送|投递|揽收|揽件|取件|收件|快递|业务|揽投|收派|送货|送件|投送|派|邮)(?:业务)?员|(?:派送|派件|配送|投递|揽收|揽件|取件)人(?!员)|"
    "(?:派送|派件|配送|揽收|取件)业务员|(?:快递|派件|配送)?小哥|骑手|(?:快递|配送|派送)师傅|邮差)"
)
_OTHER_ROLE = re.compile("[哥手傅差]")  # of those above, the words that end in neither 员 nor 人
_SEPARATOR = r"\s*(?:是|为|姓名)?\s*[:,\s]*\s*[\[(]?\s*"
_HAN = "\u3400-\u9fff"
# A person: masked (王*, 孙**), with a title (李师傅), Chinese (2-4 characters) or transliterated (买买提·艾力).
_MASKED = rf"[{_HAN}]\*{{1,2}}[{_HAN}](?=[\s,;(\[)\]]|$)|[{_HAN}]{{1,2}}\*{{1,3}}"
_TITLED = (
    rf"[{_HAN}]{{1,3}}(?:师傅|先生|女士|小姐|经理|主管)|[小老阿][{_HAN}](?=[^{_HAN}]|$|正在|为您|已|派|配送|揽|上门)"
)
_LONG = rf"[{_HAN}]{{1,8}}(?:[·•.][{_HAN}]{{1,10}}?){{1,3}}"
# Uyghur, Tibetan and Mongolian names are written in a few characters, and can be long.
_TRANSLITERATED = (
    "[阿艾巴拜伯博布达迪地丁都杜多尔尕格古哈海合汗吉江杰加卡克库拉来兰勒力丽利里玛马买麦曼米莫姆木穆纳娜尼努诺帕普其恰切热日荣萨塞赛色"
    "沙山什斯苏索塔提吐图托瓦维乌西希夏辛雅亚牙依伊英尤扎再孜祖次仁卓旺才让央金丹增桑额敦那顺呼琴娃云]{5,9}"
)
_PLAIN = rf"[{_HAN}]{{2,4}}"
_SPACED = rf"[{SURNAMES}] [{_HAN}]{{1,2}}(?=[(\[])"
_SURNAMED = rf"(?:(?:{'|'.join(sorted(COMPOUND_SURNAMES))})[{_HAN}]{{1,2}}?|[{SURNAMES}][{_HAN}]{{1,2}}?)"
_NOT_A_NAME = (
    "(?!已|正|电话|手机|方式|联系|联络|将|会|为|在|的|上门|接单|派|揽|完成|开始|进行|专属|外呼|号码|到|与|多次|未|无|因|热线|客服|投诉|咨询|"
    "本人|姓名|疑问|请|取|收|送|配|投|签|快递|信息|人员|网点|驿站|门店|商家|前往|准备|提醒|通知|途中|即将|致电|电联|服务|所属|预约|尝试|反馈|现|站点|如有|您|业务|小哥|骑手|揽投|极兔|顺丰|京东|圆通|中通|申通|韵达)"
)
_WORDS_IN_NO_NAME = re.compile(
    "店$|柜$|超市|配送|投递|包裹|电话|联系|号码|客服|热线|驿站|网点|门店|公司|中心|丰巢|站点|代收|派送|派件|揽收|快递"
)
_AFTER = (
    r"(?=[\s,;。:、/()\[\]-]|$|已|正(?=在|派|配|送)|电话|手机|联系|派|揽|报|进行|为您|开始|上门|接单|即将|完成|准备|前往|投|\d|"
    r"(?:将|的|在|于|会|取|收|送|配)(?!已|正在|[\s(\[,]))"
)
_CALLING = r"(?:\](?=\())?\s*[,:]?\s*[\[(]?\s*(?:(?:联系)?(?:电话|手机号?码?|方式|号码|(?:虚拟|隐私)(?:号码?|电话))\s*(?:是|为)?[:,\s]*|tel[:. ]*)?"

_NAMED = rf"(?P<name>{_MASKED}|{_TITLED}|{_LONG}|{_TRANSLITERATED}|{_PLAIN})"
_CALLABLE = rf"{_NAMED}{_CALLING}(?P<phone>{PHONE})"
# role + name + phone | role + name | name + phone after 的, 由, 联系, 交给 or between dashes | phone alone
_WITH_PHONE = re.compile(
    rf"(?:{_ROLE}{_SEPARATOR}|的\s*|联系\s*[:]?\s*|交给\s*|交由\s*|[{_HAN}\])]-\s*){_NOT_A_NAME}{_CALLABLE}"
    rf"|(?:^|[,。;\]\s]){_NOT_A_NAME}(?P<name2>{_MASKED}|{_TITLED}|{_LONG}|{_TRANSLITERATED}|{_PLAIN})\s*[(\[](?:联系电话|电话|手机号?)?[:\s]*(?P<phone2>{PHONE})[)\]]\s*(?=正在|派|配送|投递|已?揽|已?取件|已?收件|为您|已?接单|上门|第)"
)
_BY_ROLE = re.compile(
    rf"{_ROLE}{_SEPARATOR}{_NOT_A_NAME}(?:(?P<sure>{_SPACED}|{_MASKED}|{_TITLED}|{_LONG}|{_SURNAMED}){_AFTER}|(?<=[:,\s\[(])(?P<set>{_TRANSLITERATED}|{_PLAIN})(?=[\s,;。)\]]|$))"
)
_BY_VERB = re.compile(
    rf"(?:交给|交由|(?<=\])\s*的)\s*{_NOT_A_NAME}(?P<name>{_MASKED}|{_TITLED}|{_LONG}|{_SURNAMED})(?=[\s,;。()\[]|$|正|已|派|揽|为您|进行)"
    rf"|(?<=[司点部心站])-{_NOT_A_NAME}(?P<dashed>{_MASKED}|{_LONG}|{_PLAIN})(?=[-(])"
)
_ROLE_PHONE = re.compile(
    rf"{_ROLE}(?:的)?\s*[(\[]?(?:联系)?(?:电话|手机号?|号码|方式)\s*(?:是|为)?[:,\s]*[\[(]?\s*(?P<phone>{PHONE})"
)
_ROLE_BARE = re.compile(rf"{_ROLE}\s*(?:[:,]|[:,]?\s*[\[(])\s*(?P<phone>{PHONE})")
_ANY_PHONE = re.compile(
    rf"(?:联系电话|联系方式|电话|手机号?码?|(?:虚拟|隐私)(?:号码?|电话))\s*(?:是|为)?[:,\s]*[\[(]?\s*(?P<phone>{PHONE})"
)
_LONE = re.compile(rf"(?<![\d*])(?P<phone>{_MOBILE}(?:转\d{{1,6}})?)(?![\d*])")
_NOT_OURS = re.compile(
    r"(?:投诉|客服|网点|站点|咨询|驿站|门店|服务|查询|监督|公司|代收点|店|寄件|发件|收件人|商家|理赔)[^,。;]{0,4}$"
)
# No pattern with a phone can match without these; asking first saves most sentences most of the work.
_DIGITS = re.compile(r"[01]\d[\d* )-]{5}")
_ENGLISH = re.compile(
    r"\b(?i:courier|driver|postman|delivery agent|rider)\b(?:'s name)?(?: is)?[:,]? +\(?(?P<name>[A-Z][\w.'*-]*(?: [A-Z][\w.'*-]*){0,2})"
    r"(?:[\s,;(]+(?:(?i:phone|tel|mobile|contact)[:. ]*)?(?P<phone>\+?[\d*][\d* -]{6,16}[\d*]))?"
)
_GENERIC = frozenset(
    [
        "Facility",
        "Delivery",
        "Is",
        "Has",
        "Dispatched",
        "Assigned",
        "Out",
        "DHL",
        "FedEx",
        "UPS",
        "USPS",
        "For",
        "With",
        "To",
        "At",
    ]
)


class Courier(NamedTuple):
    """As the sentence writes them; None where it does not."""

    name: str | None
    phone: str | None


NOBODY = Courier(None, None)


def find_courier(text: str, folded: str, *, moving: bool) -> Courier:
    """The collecting or delivering person of a sentence.

    `text` is cleaned, `folded` its folded form of the same length; `moving` says that the sentence is about a parcel
    being collected or delivered, so that a bare 联系电话 is the courier's.
    """
    digits = _DIGITS.search(folded) is not None
    for found in _WITH_PHONE.finditer(folded) if digits else ():
        group = "name" if found["name"] else "name2"
        start, end = found.span(group)
        if not _WORDS_IN_NO_NAME.search(folded, start, end):
            phone = found.span("phone" if group == "name" else "phone2")
            return Courier(text[start:end], text[phone[0] : phone[1]])
    name_span = _name(folded)
    phone_span = _phone(folded, name_span, moving=moving) if digits else None
    return Courier(
        text[name_span[0] : name_span[1]] if name_span else None,
        text[phone_span[0] : phone_span[1]] if phone_span else None,
    )


def _name(folded: str) -> tuple[int, int] | None:
    patterns = []
    if "员" in folded or "人" in folded or _OTHER_ROLE.search(folded):
        patterns.append(_BY_ROLE)
    if "交" in folded or "的" in folded or "-" in folded:
        patterns.append(_BY_VERB)
    for pattern in patterns:
        for found in pattern.finditer(folded):
            start, end = found.span(found.lastgroup or 0)
            if not _WORDS_IN_NO_NAME.search(folded, start, end):
                return start, end
    return None


def _phone(folded: str, name: tuple[int, int] | None, *, moving: bool) -> tuple[int, int] | None:
    found = _ROLE_PHONE.search(folded) or _ROLE_BARE.search(folded)
    if found:
        return found.span("phone")
    if not (moving or name):
        return None
    for found in _ANY_PHONE.finditer(folded, name[1] if name else 0):
        if not _NOT_OURS.search(folded, max(0, found.start() - 8), found.start()):
            return found.span("phone")
    mobiles = list(_LONE.finditer(folded)) if moving else []
    if len(mobiles) == 1 and not _NOT_OURS.search(folded, max(0, mobiles[0].start() - 8), mobiles[0].start()):
        return mobiles[0].span("phone")
    return None


def find_english_courier(text: str) -> Courier:
    """The courier that an English sentence names."""
    found = _ENGLISH.search(text)
    if not found or found["name"].split()[0] in _GENERIC:
        return NOBODY
    return Courier(found["name"], found["phone"])
