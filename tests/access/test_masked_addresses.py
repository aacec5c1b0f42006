import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.masking import mask_address


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("浙江省杭州市西湖区文三路478号华星时代广场A座1201室", "浙江省杭州市西湖区文三路***"),
        ("杭州市西湖区绿地小区3栋2单元501", "杭州市西湖区绿地小区***"),
        ("杭州市西湖区绿地小区16-2-501", "杭州市西湖区绿地小区***"),
        ("绿地小区2期3幢", "绿地小区2期***"),
        ("幸福小区三栋二单元五零一", "幸福小区***"),
        ("上海市徐汇区漕溪北路18弄5号602", "上海市徐汇区漕溪北路***"),
        ("中山一路五号", "中山一路***"),
        ("北京市海淀区中关村大街二十八号院3号楼", "北京市海淀区中关村大街***"),
        ("朝阳区建国路甲92号", "朝阳区建国路***"),
        ("科技大厦东座", "科技大厦***"),
        ("阳光花园①号楼", "阳光花园***"),
        ("文三路４７８号", "文三路***"),
        ("318国道旁王家村5组12号", "318国道旁王家村5组***"),
        ("某某村13800005678", "某某村***"),
        ("310012 杭州市文三路9号", "杭州市文三路***"),
        ("台北市大安區信義路四段1號3樓之2", "台北市大安區信義路四段***"),
        ("香港九龍彌敦道128號12樓B室", "香港九龍彌敦道***"),
        ("東京都千代田区丸の内1-1-1", "東京都千代田区丸の内***"),
        ("文三路**号3栋", "文三路***"),
        ("221B Baker Street, London NW1 6XE", "*** Baker Street, London ***"),
        ("Flat 5B, 12/F, Tower 3, 128 Nathan Road, Kowloon", "*** Nathan Road, Kowloon"),
        ("350 5th Avenue, Floor 34, New York", "*** 5th Avenue, ***, New York"),
        ("Unit B, Tower Bridge Road, Suite One", "***, Tower Bridge Road, ***"),
        ("c/o John Smith, Kaiserstrasse 12", "***, Kaiserstrasse ***"),
        ("幸福路0中栋", "幸福路***"),
        ("", ""),
    ],
)
def test_an_address_ends_at_its_street_or_compound(address: str, masked: str) -> None:
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    "place", ["地铁2号线龙阳路站", "二七区大学路", "五一广场", "岳阳楼区", "乌鲁木齐市南楼街道", "143团12连"]
)
def test_a_number_in_a_places_name_is_not_a_door(place: str) -> None:
    assert mask_address(place) == place


ROADS = st.sampled_from(["文三路", "人民路", "幸福小区", "中关村大街", "绿地花园", "建设北路"])
UNITS = st.sampled_from(["号", "栋", "幢", "单元", "室", "楼", "层", "弄", "座"])
NUMBERS = st.one_of(
    st.integers(1, 9999).map(str),
    st.text("一二三四五六七八九十百", min_size=1, max_size=4),
    st.sampled_from(["A", "B", "C1", "甲1", "12-3", "第5", "附3", "负1", "３０２"]),
)


@given(ROADS, st.lists(st.tuples(NUMBERS, UNITS), min_size=1, max_size=4), st.text(max_size=10))
def test_nothing_after_a_road_tells_the_door(road: str, doors: list[tuple[str, str]], remark: str) -> None:
    assert mask_address(road + "".join(number + unit for number, unit in doors) + remark) == f"{road}***"


LATIN_DOORS = st.builds(
    "{} {}".format,
    st.sampled_from(["Apt", "Unit", "Suite", "Flat", "Room", "Apartment", "#", "apt.", "BLDG"]),
    st.one_of(st.integers(1, 9999).map(str), st.from_regex(r"[A-Z][0-9]{1,3}", fullmatch=True)),
)


@given(st.integers(1, 99999), LATIN_DOORS, st.booleans())
def test_a_latin_address_keeps_the_street_and_no_number(house: int, door: str, door_first: bool) -> None:
    street = f"{house} Baker Street"
    masked = mask_address(f"{door}, {street}, London" if door_first else f"{street}, {door}, London")
    assert "Baker Street" in masked
    assert "London" in masked
    assert not re.search(r"\d", masked)


@given(st.one_of(st.text(max_size=40), st.text("文三路号栋单元室楼12ABab*#,- 一二期组线FlatApt.中里", max_size=30)))
def test_masking_an_address_twice_is_masking_it_once(address: str) -> None:
    assert mask_address(mask_address(address)) == mask_address(address)


@given(st.text("一二三四五六七八九1234567890号楼线路街中里期 A-", max_size=5000))
def test_a_long_address_of_digits_is_masked_too(address: str) -> None:
    assert len(mask_address(address)) <= len(address) + 3
