"""Whatever the names, places and phones, the same kind of sentence is read the same way."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.surnames import SURNAMES
from doorstepd.carriers.text import clean, read
from doorstepd.parcels.vocabulary import STATUS_OF, Status, SubStatus

GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文志海云飞"
names = st.one_of(
    st.builds(str.__add__, st.sampled_from(SURNAMES[:120]), st.text(GIVEN, min_size=1, max_size=2)),
    st.builds(str.__add__, st.sampled_from(SURNAMES[:120]), st.sampled_from(["*", "**", "师傅"])),
    st.sampled_from(["欧阳雪", "司马光", "诸葛亮", "阿不都·热合曼"]),
)
tails = st.text("0123456789", min_size=8, max_size=8)
mobiles = st.builds(lambda second, tail: f"1{second}0{tail}", st.sampled_from("3456789"), tails)
masked = mobiles.map(lambda phone: f"{phone[:3]}****{phone[7:]}")
extended = st.builds(lambda phone, tail: f"{phone}转{tail[:4]}", mobiles, tails)
phones = st.one_of(mobiles, masked, extended)
cities = st.sampled_from("杭州 广州 郑州 武汉 西安 福州 南宁 昆明 大连 青岛 包头 乌鲁木齐 拉萨 长沙".split())  # noqa: SIM905
halls = st.builds(
    "{}{}{}".format, cities, st.sampled_from(["", "城东", "高新"]), st.sampled_from(["转运中心", "分拨中心"])
)
offices = st.builds(
    "{}{}{}".format, cities, st.sampled_from(["江北", "城东"]), st.sampled_from(["营业部", "一部", "网点"])
)
hotlines = st.sampled_from(
    ["95311", "95338", "95554", "950616", "95720123", "400-0000000", "4001234567", "0571-00000000"]
)
brackets = st.sampled_from(["【】", "[]", "［］", "「」"])


@given(offices, names, phones, brackets)
def test_the_delivering_courier_is_named_with_the_phone(office: str, name: str, phone: str, marks: str) -> None:
    reading = read(f"{marks[0]}{office}{marks[1]}的{name}（{phone}）正在派件，请保持电话畅通")
    assert (reading.status, reading.sub_status) == (Status.OUT_FOR_DELIVERY, None)
    assert (reading.courier_name, reading.courier_phone, reading.places) == (name, phone, (office,))


@given(names, phones)
def test_a_role_names_the_courier_however_it_is_punctuated(name: str, phone: str) -> None:
    for text in (
        f"派件人: {name} 派件中 派件员电话{phone}",
        f"配送员开始配送，请您准备收货，配送员，{name}，手机号，{phone}",
        f"快件正在派送途中,请您准备签收(派件人:{name},电话:{phone})",
        f"快件交给{name},正在派送途中(联系电话:{phone})",
    ):
        reading = read(text)
        assert (reading.courier_name, reading.courier_phone) == (name, phone), text


@given(halls, halls)
def test_departure_names_where_from_and_where_to(here: str, there: str) -> None:
    for text in (
        f"快件离开【{here}】 已发往 【{there}】",
        f"【{here}】 已发出 下一站 【{there}】",
        f"由【{here}】发往【{there}】",
    ):
        reading = read(text)
        assert (reading.sub_status, reading.places, reading.next_place) == (SubStatus.DEPARTED, (here, there), there)


@given(hotlines, cities)
def test_a_hotline_or_station_phone_is_never_the_courier(number: str, city: str) -> None:
    for text in (
        f"【{city}】快件正在派送，客服热线{number}",
        f"快件已存放至【{city}驿站】，请及时取件，联系电话：{number}",
        f"您的快件已签收，如有疑问请电联：{number}，投诉电话：{number}",
        f"【{city}】（{number}）快件已揽收，投诉电话：{number}",
    ):
        assert read(text).courier_phone is None, text


@given(st.sampled_from(["派送不成功", "派送失败", "派件未成功", "配送不成功"]), cities)
def test_the_first_reason_named_is_the_reason(failed: str, city: str) -> None:
    first = read(f"【{city}】{failed}，原因：收件人不在家，电话无人接听，将安排再次派送")
    second = read(f"【{city}】{failed}，原因：电话无人接听，收件人不在家，约定明天再次派送")
    assert (first.sub_status, second.sub_status) == (SubStatus.RECIPIENT_ABSENT, SubStatus.UNREACHABLE)


@pytest.mark.parametrize(
    "text",
    [
        "快件未签收",
        "派送未成功，请您准备签收",
        "已投递驿站",
        "退件已由【商家】签收",
        "请及时取件",
        "将安排再次派送",
        "等待客户签收",
        "To be delivered tomorrow",
        "Not delivered",
        "Delivery attempted",
    ],
)
def test_what_is_denied_or_still_to_come_is_not_a_signature(text: str) -> None:
    assert read(text).status is not Status.DELIVERED


@pytest.mark.parametrize(
    ("text", "sub"),
    [
        ("收件人拒收，原因：外包装破损", SubStatus.REFUSED),
        ("退件签收", SubStatus.RETURN_COMPLETED),
        ("包裹属于违禁品，航空公司拒收", SubStatus.REJECTED_BY_CARRIER),
        ("清关失败，包裹将被退运", SubStatus.CUSTOMS_REJECTED),
        ("海关扣留，等待缴纳关税", SubStatus.DUTY_DUE),
        ("Shipment is held by customs for inspection", SubStatus.CUSTOMS_INSPECTION),
        ("收件人不在，已由邻居代收", SubStatus.SIGNED_BY_OTHER),
        ("收件人不在，快件已放入丰巢柜", SubStatus.IN_LOCKER),
    ],
)
def test_the_stronger_of_two_statements_decides(text: str, sub: SubStatus) -> None:
    reading = read(text)
    assert (reading.sub_status, reading.status) == (sub, STATUS_OF[sub])


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str) -> None:
    reading = read(text)
    assert reading.sub_status is None or STATUS_OF[reading.sub_status] is reading.status
    assert reading.recognised == (reading.sub_status is not SubStatus.UNMAPPED)


WORDS = "已未派签收退件关税海关电话【】（）[](),，。：的员人到达离开发往 1380000*&;<br>lt deliver customs return not "


@given(st.text(WORDS, max_size=200))
def test_any_jumble_of_trace_words_is_read_without_error(text: str) -> None:
    reading = read(text)
    cleaned = clean(text)
    assert all(place in cleaned for place in reading.places)
    assert reading.courier_phone is None or reading.courier_phone in cleaned


@pytest.mark.parametrize(
    "junk", ["【", "（", "派", "<a", "&#", "1", "已到达", "delivery ", "A ", "的张", "* ", "[a]", "-x"]
)
def test_a_hundred_kilobytes_of_junk_cost_little(junk: str) -> None:
    began = time.process_time()
    read(junk * (100_000 // len(junk)))
    assert time.process_time() - began < 1.0


def test_text_without_a_rule_is_unknown_and_an_empty_one_is_news() -> None:
    assert (read("zorp quux").status, read("zorp quux").recognised) == (Status.UNKNOWN, False)
    assert (read("").status, read("  ").recognised) == (None, True)


def test_codes_and_attempts_are_read() -> None:
    assert read("请凭取件码6-3-1024到菜鸟驿站取件").pickup_code == "6-3-1024"
    assert read("取件码：A1203，请及时取件").pickup_code == "A1203"
    assert read("取件码将发送到您的手机").pickup_code is None
    assert read("【张江】的孙七（13900003333） 正在第2次派件").attempt == 2
    assert read("正在第二次派送").attempt == 2
    assert read("Second delivery attempt").attempt == 2
