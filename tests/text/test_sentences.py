"""Plain sentences: told from facts, in both languages, masked, with no seams showing."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.sentence_cities import english_place
from doorstepd.parcels.sentences import NOTHING_NEW, Sentence, readable_place, sentence
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

GOLDEN = Path(__file__).parent.parent / "data" / "sentences_golden.jsonl"
SHANGHAI = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 11, 10, 0, tzinfo=SHANGHAI)  # a Wednesday
BARE = TrackingEvent(source="zto", time=NOW, text="", status=Status.IN_TRANSIT)
STATES: list[tuple[Status | None, SubStatus | None]] = [
    (None, None),
    *((status, None) for status in Status),
    *((STATUS_OF[sub], sub) for sub in SubStatus),
]
FACTS: dict[str, dict[str, Any]] = {
    "bare": {},
    "full": {
        "places": ("【广州市】", "广州白云公司", "郑州转运中心公司"),
        "next_place": "郑州转运中心公司",
        "courier_name": "李四",
        "courier_phone": "13800005678",
        "pickup_code": "A-7-1203",
    },
    "abroad": {"location": "LEIPZIG - GERMANY"},
}
EXPECTED = datetime(2026, 11, 12, 15, 30, tzinfo=SHANGHAI)


def told(status: Status | None, sub: SubStatus | None, facts: str) -> Sentence:
    event = replace(BARE, status=status, sub_status=sub, **FACTS[facts])
    return sentence(event, expected=EXPECTED if facts == "full" else None, now=NOW)


def golden() -> list[dict[str, str]]:
    return [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]


def as_golden() -> list[dict[str, str]]:
    """What the golden file must hold; write it anew with this after reading every changed line."""
    return [
        {"state": f"{status or 'news'}/{sub or ''}", "facts": facts, "zh": plain.zh, "en": plain.en}
        for status, sub in STATES
        for facts in FACTS
        for plain in [told(status, sub, facts)]
    ]


def test_every_state_is_told_as_reviewed() -> None:
    assert as_golden() == golden()


@pytest.mark.parametrize(
    ("expected", "zh", "en"),
    [
        (datetime(2026, 11, 11, 15, tzinfo=SHANGHAI), "今天下午", "this afternoon"),
        (datetime(2026, 11, 12, 15, tzinfo=SHANGHAI), "明天下午", "tomorrow afternoon"),
        (datetime(2026, 11, 13, 10, tzinfo=SHANGHAI), "后天上午", "on Friday morning"),
        (datetime(2026, 11, 14, 19, tzinfo=SHANGHAI), "周六晚上", "on Saturday evening"),
        (datetime(2026, 11, 30, tzinfo=SHANGHAI), "11月30日", "on 30 November"),
        (datetime(2026, 11, 12, 23, 59, tzinfo=SHANGHAI), "明天", "tomorrow"),
        (datetime(2026, 11, 12, 7, tzinfo=UTC), "明天早上", "tomorrow morning"),
    ],
)
def test_the_expected_time_is_told_as_people_say_it(expected: datetime, zh: str, en: str) -> None:
    plain = sentence(replace(BARE, sub_status=SubStatus.DEPARTED), expected=expected, now=NOW)
    assert plain == Sentence(
        f"包裹已发出，正在路上，预计{zh}到达", f"Your parcel has left its last stop and is on its way; expected {en}"
    )


def test_a_time_gone_by_is_not_told() -> None:
    plain = sentence(BARE, expected=NOW - timedelta(hours=1), now=NOW)
    assert plain == sentence(BARE)


def test_without_now_the_date_is_told() -> None:
    assert "预计11月12日下午送达" in sentence(BARE, expected=EXPECTED).zh


def test_nothing_new_is_told_in_the_agreed_words() -> None:
    assert NOTHING_NEW.zh == "当前物流信息暂未更新，建议 10 分钟后查看"
    assert NOTHING_NEW.en == "The carrier has sent nothing new yet; please look again in 10 minutes"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("义乌转运中心公司", "义乌转运中心"),
        ("江苏省南京市建邺区公司", "江苏省南京市建邺区网点"),
        ("浙江临安西部公司", "浙江临安西部网点"),
        ("【杭州市】", "杭州市"),
        ("丰巢的阳光小区2号柜", "丰巢阳光小区2号柜"),
        ("妈妈驿站-学府路店", "妈妈驿站-学府路店"),
        ("MEMPHIS", "Memphis"),
        ("HONG KONG", "Hong Kong"),
        ("JFK", "JFK"),
        ("渝北<空港>部", "渝北 空港 部"),
        ("【】", ""),
        ("，", ""),
    ],
)
def test_a_place_is_named_as_people_say_it(name: str, said: str) -> None:
    assert readable_place(name) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("杭州市", "Hangzhou"),
        ("浙江省杭州市", "Hangzhou"),
        ("法兰克福", "Frankfurt"),
        ("杭州萧山集散中心", "Hangzhou (杭州萧山集散中心)"),
        ("湖南长沙转运中心", "Changsha (湖南长沙转运中心)"),
        ("义乌上溪", "Yiwu (义乌上溪)"),
        ("Memphis", "Memphis"),
        ("妈妈驿站", "妈妈驿站"),
        ("", ""),
    ],
)
def test_english_sentences_name_cities_in_english(name: str, said: str) -> None:
    assert english_place(name) == said


anything = st.text(st.sampled_from("【】[]（）(),，。杭州转运中心公司丰巢的王 *13800005678<>{}|;:A-"), max_size=24)
events = st.builds(
    lambda state, places, onward, location, name, phone, code: replace(
        BARE,
        status=state[0],
        sub_status=state[1],
        places=tuple(places),
        next_place=onward,
        location=location,
        courier_name=name,
        courier_phone=phone,
        pickup_code=code,
    ),
    st.sampled_from(STATES),
    st.lists(anything, max_size=3),
    st.none() | anything,
    st.none() | anything,
    st.none() | st.sampled_from(["李四", "王*", "欧阳雪", "", " "]),
    st.none() | st.sampled_from(["13800005678", "138****5678", "18412345678转1234", "0571-88886666", ""]),
    st.none() | st.just("77-12-3456"),
)
moments = st.none() | st.datetimes(datetime(2026, 11, 1), datetime(2027, 1, 1)).map(
    lambda at: at.replace(tzinfo=SHANGHAI)
)

BAD_SEAMS = re.compile(r"[，。；、！]{2}|（）|\(\)|[，；;,.。:：]$|^[，；;,]|[{}\[\]|]|  | [,;.]|（，|\( ")


@given(events, moments)
def test_no_seam_shows_and_nothing_personal_comes_out(event: TrackingEvent, expected: datetime | None) -> None:
    plain = sentence(event, expected=expected, now=NOW)
    for said in (plain.zh, plain.en):
        assert not BAD_SEAMS.search(said), said
        assert not re.search(r"1[3-9]\d{9}", said), said
        assert "77-12-3456" not in said
        assert "李四" not in said
        assert "!" not in said
        assert "！" not in said


@given(events)
def test_no_trade_words_come_out(event: TrackingEvent) -> None:
    plain = sentence(replace(event, places=(), next_place=None, location=None))
    assert not re.search("揽收|已收入|下一站|妥投|派件|问题件|网点发件|集散|滞留", plain.zh)
    assert not re.search("(?i)consignee|shipper|exception|tender|waybill|linehaul|POD", plain.en)
