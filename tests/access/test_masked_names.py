import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.masking import mask_name

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张*"),
        ("王小明先生", "王*"),
        ("欧阳锋", "欧阳*"),
        ("诸葛孔明", "诸葛*"),
        ("歐陽修", "歐陽*"),
        ("欧阳", "欧*"),
        ("张", "*"),
        ("John Smith", "J*"),
        ("O'Brien", "O*"),
        ("阿依古丽·买买提", "阿*"),
        ("김철수", "김*"),
        ("张*", "张*"),
        ("张*三", "张*"),
        ("*三", "*"),
        ("＊三", "*"),
        ("13800005678", "*"),
        ("\u202e李四", "李*"),
        ("  李四 ", "李*"),
        ("", ""),
        (" \t", ""),
    ],
)
def test_a_name_shows_its_surname_or_first_letter(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(max_size=30))
def test_masking_a_name_twice_is_masking_it_once(name: str) -> None:
    assert mask_name(mask_name(name)) == mask_name(name)


@given(st.text(min_size=1, max_size=30))
def test_no_name_shows_more_than_two_characters(name: str) -> None:
    masked = mask_name(name)
    assert masked == "" or (masked.endswith("*") and len(masked) <= 3)


@given(HAN, HAN)
def test_names_of_one_surname_look_alike_whatever_their_length(first: str, second: str) -> None:
    assert mask_name("赵" + first) == mask_name("赵" + second) == "赵*"
