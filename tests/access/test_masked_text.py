import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doorstepd.access.sentences import mask_text

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"0(?:10|2[0-9]|[3-9][0-9]{2})-[2-8][0-9]{6,7}", fullmatch=True)
# Latin and Han words, and signs as carriers write them; no digits, so that what is hidden can be told from the rest.
WORDS = st.text("快件已到达正在派送由签收【】（），。：:,.;()[]/ 的to by for", max_size=15)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("派件员李四(13800005678)正在派件", "派件员李四(138****5678)正在派件"),
        ("联系电话:13800005678,顺丰已开启“安全呼叫”", "联系电话:138****5678,顺丰已开启“安全呼叫”"),
        ("手机１３８００００５６７８。", "手机138****5678。"),
        ("138 0000 5678/139-0000-1111", "138****5678/139****1111"),
        ("座机 010-8812 3456 转 12", "座机 010-******-****"),
        ("【杭州滨江】（0571-88123456）", "【杭州滨江】（0571-******）"),
        ("18412345678转1234；18412345678-1234", "184****5678-****；184****5678-****"),
        ("call +852 9123 4567 or (415) 555-0132", "call +852 ******67 or ******32"),
        ("电话88123456", "电话******56"),
        ("Tel: 9123 4567", "Tel: ******67"),
        ("（1380000****）", "（138********）"),
        ("mail zhang.san@example.com", "mail ***@example.com"),
        ("17943624000", "179****4000"),
        ("13800005678,3件", "138****5678,3件"),
    ],
)
def test_a_phone_in_a_sentence_is_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "客服95338 或 400-600-3600，1-800-463-3339",
        "热线:4000000000",
        "[95161和185211号段的上海号码为快递员专属号码]",
        "SF1380000567812 运单号码:7800000000201 78000000000201",
        "单号13800005678901",
        "1Z999AA10123456784",
        "2026-11-22 13:00:05 20261122143000 1794362400000",
        "电话 2026-11-22 10:00",
        "2026-11-22T10:00:00+08:00",
        "hotel 12345678",
        "王*(138****5678)正在派件",
    ],
)
def test_what_is_no_ones_phone_stays(text: str) -> None:
    assert mask_text(text) == text


@given(WORDS, MOBILES, WORDS)
def test_no_mobile_survives_in_a_sentence(before: str, phone: str, after: str) -> None:
    masked = mask_text(f"{before}{phone}{after}")
    assert phone not in masked
    assert f"{phone[:3]}****{phone[-4:]}" in masked


@given(WORDS, LANDLINES, WORDS)
def test_no_landline_survives_in_a_sentence(before: str, phone: str, after: str) -> None:
    area, number = phone.split("-")
    masked = mask_text(f"{before}{phone}{after}")
    assert number not in masked
    assert f"{area}-******" in masked


@given(
    MOBILES,
    st.sampled_from(["{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86 {0} {1} {2}", "+86{0}{1}{2}", "0086-{0}{1}{2}"]),
)
def test_no_way_of_grouping_a_mobile_gets_through(phone: str, written: str) -> None:
    masked = mask_text(f"请联系{written.format(phone[:3], phone[3:7], phone[7:])}。")
    assert masked == f"请联系{phone[:3]}****{phone[7:]}。"


@given(st.one_of(st.text(max_size=80), st.text("0123456789+-* ()转电话tel,.@a", max_size=50)))
@example("+86100000000*")
@example("电话010000000-0*")
@example("0100000000*0")
@example("000-13000000000")
def test_masking_a_text_twice_is_masking_it_once(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


def test_given_names_are_masked_wherever_they_stand() -> None:
    assert mask_text("李四派件，李四电话13800005678", names=["李四"]) == "李*派件，李*电话138****5678"
    assert mask_text("欧阳锋代收", names=["欧阳锋"]) == "欧阳*代收"
    assert mask_text("Signed by LI LEI", names=["Li Lei"]) == "Signed by L*"


def test_a_short_latin_name_is_not_found_inside_a_word() -> None:
    assert mask_text("Delivered to Li", names=["Li"]) == "Delivered to L*"


def test_a_name_that_the_carrier_half_masked_is_masked_like_ours() -> None:
    assert mask_text("张*三签收", names=["张*三"]) == "张*签收"


def test_blank_and_one_letter_names_change_nothing() -> None:
    assert mask_text("张三已签收 a", names=["", " ", "三", "a"]) == "张三已签收 a"


@given(WORDS, st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4), WORDS)
def test_a_given_name_does_not_survive(before: str, name: str, after: str) -> None:
    assert re.search(re.escape(name), mask_text(f"{before}{name}{after}", names=[name])) is None
