"""An event told in plain words, zh and en, from its facts alone."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from doorstepd.access.masking import mask_name, mask_phone
from doorstepd.access.sentences import mask_text
from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.sentence_cities import english_place
from doorstepd.parcels.sentence_finer_words import OF_SUB_STATUS
from doorstepd.parcels.sentence_times import told_en, told_zh
from doorstepd.parcels.sentence_words import NEWS, OF_STATUS
from doorstepd.parcels.vocabulary import SubStatus


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages, without a full stop, for the recipient's eyes."""

    zh: str
    en: str


NOTHING_NEW = Sentence(
    "当前物流信息暂未更新，建议 10 分钟后查看",
    "The carrier has sent nothing new yet; please look again in 10 minutes",
)

Facts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Coming:
    """When a parcel should be delivered, as people say it: 明天下午, tomorrow afternoon. None where it is not told."""

    zh: str | None = None
    en: str | None = None


UNTOLD = Coming()


def coming(expected: datetime | None, now: datetime | None) -> Coming:
    """The time in words, as of now, in the zone of `expected`. A time gone by is not told."""
    return Coming(told_zh(expected, now), told_en(expected, now)) if expected else UNTOLD


def sentence(event: TrackingEvent, *, expected: datetime | None = None, now: datetime | None = None) -> Sentence:
    """What the event means for the recipient, and what they can do.

    `expected` is when the parcel should be delivered, in the reader's zone; with `now` it is told as 明天下午 /
    tomorrow afternoon. A time gone by is not told. Names and phones come out masked; pickup codes never come out.
    """
    return told(event, coming(expected, now))


def told(event: TrackingEvent, when: Coming = UNTOLD) -> Sentence:
    """As `sentence`, with the time of delivery in words already. The event's own time does not matter to it."""
    zh, en = _words(event)
    places = _places(event)
    abroad = {fact: english_place(name) for fact, name in places.items()}
    return Sentence(
        _fill(zh, places | _courier_zh(event) | _when(when.zh)),
        _fill(en, abroad | _courier_en(event) | _when(when.en)),
    )


def _words(event: TrackingEvent) -> tuple[str, str]:
    if event.status is None:
        return NEWS
    return OF_SUB_STATUS[event.sub_status] if event.sub_status else OF_STATUS[event.status]


_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_FACT = re.compile(r"\{(\w+)\}")


def _fill(template: str, facts: Facts) -> str:
    return _FACT.sub(lambda found: facts[found[1]], _settled(template, frozenset(facts)))


@lru_cache(maxsize=4096)
def _settled(template: str, facts: frozenset[str]) -> str:
    """The template with every choice made, for these facts; there are only so many of both."""

    def chosen(found: "re.Match[str]") -> str:
        choices = found[1].split("|")
        return next((c for c in choices if all(fact in facts for fact in _FACT.findall(c))), "")

    return _CHOICE.sub(chosen, template)


# Where it stands, where it left and where it goes.

_WRAPPING = re.compile(r"[,，;；。、!！【】\[\]「」『』〔〕<>《》{}|]|&\w+;")
_LAST_OFFICE = re.compile(r"(中心|转运部|中转部|分拨部)公司$")
# Carriers call a local branch a company: 浙江临安西部公司.
_BRANCH = re.compile(r"(?<=[\u3400-\u9fff]{3})(?<!有限)(?<!责任)(?<!快递)(?<!物流)(?<!分)公司$")
_OF_BRAND = re.compile(r"^(丰巢|菜鸟|兔喜超市|兔喜生活|兔喜|妈妈驿站|近邻宝|速递易|中邮)的(?=.)")
_EDGES = " .:：、-–—"
_BRACKETS = re.compile(r"[()（）]")
_HOLLOW = re.compile(r"[(（]\W*[)）]|[(（]\s|\s[)）]")
_LONGEST_PLACE = 40


@lru_cache(maxsize=16384)
def readable_place(name: str) -> str:
    """A carrier's name for a place as people would say it: 义乌转运中心公司 -> 义乌转运中心, MEMPHIS -> Memphis."""
    plain = _WRAPPING.sub(" ", name[:_LONGEST_PLACE])
    plain = _BRACKETS.sub(" ", plain) if _broken(plain) else plain
    plain = " ".join(plain.split()).strip(_EDGES)
    plain = _OF_BRAND.sub(r"\1", _BRANCH.sub("网点", _LAST_OFFICE.sub(r"\1", plain)))
    if plain.isascii() and plain.isupper() and len(plain) > 3:
        plain = plain.title()
    return mask_text(plain)


def _broken(name: str) -> bool:
    """Whether round brackets stand alone, empty or crooked: then none of them is worth keeping."""
    return (
        _HOLLOW.search(name) is not None
        or name.count("(") != name.count(")")
        or name.count("（") != name.count("）")
        or name.startswith((")", "）"))
    )


def _places(event: TrackingEvent) -> Facts:
    names = [place for place in map(readable_place, event.places) if place]
    onward = readable_place(event.next_place or "")
    behind = names[: names.index(onward)] if onward in names else names
    location = _location(event.location or "")
    facts = {"next": onward} if onward else {}
    if behind:
        facts["origin"] = behind[-1]
    elif location and not onward:
        facts["origin"] = location
    here = (behind or ([onward] if onward else []) or [location])[-1]
    if event.sub_status is not SubStatus.DEPARTED and here:
        facts["here"] = here
    return facts


def _location(location: str) -> str:
    """The finest part of a scan's location: 吉林,长春市 -> 长春市; LEIPZIG - GERMANY -> Leipzig."""
    chinese = any("\u3400" <= c <= "\u9fff" for c in location)
    parts = [part for part in re.split(r"[,，]| - ", location) if part.strip()]
    if not parts:
        return ""
    return readable_place(parts[-1] if chinese else parts[0])


def _courier_zh(event: TrackingEvent) -> Facts:
    name = mask_name(event.courier_name or "")
    phone = _phone(event)
    if not name and not phone:
        return {}
    return {"courier": f"{name}（{phone}）" if phone else name}


def _courier_en(event: TrackingEvent) -> Facts:
    phone = _phone(event)
    return {"courier": phone} if phone else {}


def _phone(event: TrackingEvent) -> str:
    return mask_phone(event.courier_phone) if event.courier_phone else ""


def _when(words: str | None) -> Facts:
    return {"when": words} if words else {}
