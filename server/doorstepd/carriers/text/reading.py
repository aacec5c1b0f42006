"""Reading one trace sentence whole."""
# ruff: noqa: E501 (patterns and lists are data; breaking them would only hide them)

import re
from typing import NamedTuple

from doorstepd.carriers.text.couriers import NOBODY, Courier, find_courier, find_english_courier
from doorstepd.carriers.text.hygiene import clean, fold
from doorstepd.carriers.text.places import find_places
from doorstepd.carriers.text.places_en import find_english_places
from doorstepd.carriers.text.rules import UNMAPPED
from doorstepd.carriers.text.states import decide, is_chinese
from doorstepd.parcels.vocabulary import Status, SubStatus

_MOVING = frozenset({Status.OUT_FOR_DELIVERY, Status.PICKED_UP})
_TRAVELLING = frozenset({Status.IN_TRANSIT, Status.CUSTOMS, Status.PICKED_UP, Status.AVAILABLE_FOR_PICKUP})
_MOST = 4000

_CODE = re.compile(
    r"(?:取[件货]码|提货码|取件密码|验证码|密码|code)\s*(?:是|为|is)?[:\s]*[\[(\"]?\s*([0-9a-z](?:[0-9a-z-]{1,12}[0-9a-z]))|凭\s*(?:码)?\s*[\"“]?([0-9a-z][0-9a-z-]{2,12})[\"”]?\s*(?:到|去|在|前往|取|领)"
)
_ATTEMPT = re.compile(
    r"第(\d{1,2}|[一二两三四五六七八九十])次|(二)次(?:派|配|投)|\b(second|third|fourth|2nd|3rd|4th|first|1st) (?:delivery )?attempt"
)
_COUNTS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10} | {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4
}  # fmt: skip


class Reading(NamedTuple):
    """What a sentence says; nothing that it does not say.

    `status` None: news that changes nothing. Names, phones and places are exactly as in the cleaned text.
    `recognised` False: no rule matched, and the status is unknown.
    """

    status: Status | None
    sub_status: SubStatus | None
    courier_name: str | None = None
    courier_phone: str | None = None
    places: tuple[str, ...] = ()
    next_place: str | None = None
    pickup_code: str | None = None
    attempt: int | None = None
    recognised: bool = True


def read(text: str, provider: str | None = None) -> Reading:
    """What a carrier's trace sentence says, Chinese or English; never raises.

    `provider` is who sent it; every rule so far holds for all of them. Text beyond 4,000 characters is not read.
    """
    return read_cleaned(clean(text[: 2 * _MOST])[:_MOST], provider)


def read_cleaned(cleaned: str, provider: str | None = None) -> Reading:
    """The same of a sentence that is clean already; cleaning twice would undo an entity too many."""
    folded = fold(cleaned)
    state = decide(folded)
    status, sub_status = state or UNMAPPED
    moving = status in _MOVING or sub_status is SubStatus.PICKUP_ASSIGNED
    courier, places, next_place = _names(cleaned, folded, moving=moving, travelling=status in _TRAVELLING)
    return Reading(
        status=status,
        sub_status=sub_status,
        courier_name=courier.name,
        courier_phone=courier.phone,
        places=places,
        next_place=next_place,
        pickup_code=_pickup_code(cleaned, folded),
        attempt=_attempt(folded),
        recognised=state is not None,
    )


def _names(cleaned: str, folded: str, *, moving: bool, travelling: bool) -> tuple[Courier, tuple[str, ...], str | None]:
    if is_chinese(folded):
        courier = find_courier(cleaned, folded, moving=moving)
        return courier, *find_places(cleaned, folded)
    courier = find_english_courier(cleaned) if moving else NOBODY
    return courier, find_english_places(cleaned, travelling=travelling), None


def _pickup_code(cleaned: str, folded: str) -> str | None:
    found = _CODE.search(folded) if ("码" in folded or "凭" in folded or "code" in folded) else None
    if not found:
        return None
    start, end = found.span(found.lastindex or 0)
    code = cleaned[start:end]
    return code if any(c.isdigit() for c in code) else None


def _attempt(folded: str) -> int | None:
    found = _ATTEMPT.search(folded) if ("次" in folded or "attempt" in folded) else None
    if not found:
        return None
    count = found[found.lastindex or 0]
    return int(count) if count.isdigit() else _COUNTS[count]
