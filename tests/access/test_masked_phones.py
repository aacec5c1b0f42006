import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.masking import Profile, mask_phone
from doorstepd.access.phones import is_hotline, normalise_phone, tail

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
LANDLINES = st.from_regex(r"0(?:10|2[0-9]|[3-9][0-9]{2})-[2-8][0-9]{6,7}", fullmatch=True)
ABROAD = st.from_regex(r"\+(?:852|853|886|1|44|65|81)[ -]?[2-9][0-9]{7,9}", fullmatch=True)
PHONES = st.one_of(MOBILES, LANDLINES, ABROAD)


@pytest.mark.parametrize(
    ("phone", "own", "public"),
    [
        ("13800005678", "138****5678", "138******78"),
        ("+86 138 0000 5678", "138****5678", "138******78"),
        ("86-13800005678", "138****5678", "138******78"),
        ("0086 138-0000-5678", "138****5678", "138******78"),
        ("013800005678", "138****5678", "138******78"),
        ("１３８００００５６７８", "138****5678", "138******78"),
        ("18412345678-1234", "184****5678-****", "184******78-****"),
        ("18412345678转1234", "184****5678-****", "184******78-****"),
        ("18412345678,12", "184****5678-****", "184******78-****"),
        ("0571-88123456", "0571-******", "0571-******"),
        ("(0571)8812345", "0571-******", "0571-******"),
        ("057188123456", "0571-******", "0571-******"),
        ("010 8812 3456", "010-******", "010-******"),
        ("+86 571 88123456", "0571-******", "0571-******"),
        ("0571-88123456-802", "0571-******-****", "0571-******-****"),
        ("+852 9123 4567", "+852 ******67", "+852 ******"),
        ("0085291234567", "+852 ******67", "+852 ******"),
        ("+1 (415) 555-0132", "+1 ******32", "+1 ******"),
        ("+44 7911 123456", "+44 ******56", "+44 ******"),
        ("91234567", "******67", "******"),
        ("95123456", "******56", "******"),
        ("950131234567890", "******90", "******"),
        ("13800005678/13900001111", "******11", "******"),
        ("no number", "******", "******"),
        ("", "", ""),
    ],
)
def test_a_phone_is_hidden_by_its_kind(phone: str, own: str, public: str) -> None:
    assert mask_phone(phone) == own
    assert mask_phone(phone, Profile.PUBLIC) == public


@pytest.mark.parametrize("number", ["95338", "950616", "9519666", "400-600-3600", "8008208820", "12305", "11183"])
def test_a_service_number_stays_as_it_is(number: str) -> None:
    assert is_hotline(number)
    assert mask_phone(number, Profile.PUBLIC) == number


@pytest.mark.parametrize(
    ("masked", "again"),
    [("1380000****", "138********"), ("139****4444", "139****4444"), ("0571-8812****", "0571-******")],
)
def test_a_mask_made_by_somebody_else_never_shows_more_than_ours(masked: str, again: str) -> None:
    assert mask_phone(masked) == again


@given(st.one_of(PHONES, st.text(max_size=50), st.text("0123456789+-* ()转x,", max_size=25)))
def test_masking_a_phone_twice_is_masking_it_once(phone: str) -> None:
    own, public = mask_phone(phone), mask_phone(phone, Profile.PUBLIC)
    assert mask_phone(own) == own
    assert mask_phone(public, Profile.PUBLIC) == public
    assert mask_phone(own, Profile.PUBLIC) == public
    assert mask_phone(public) == public


@given(MOBILES)
def test_a_mobile_keeps_three_and_four_digits_for_its_owner_and_two_for_the_public(phone: str) -> None:
    assert mask_phone(phone) == f"{phone[:3]}****{phone[-4:]}"
    assert mask_phone(phone, Profile.PUBLIC) == f"{phone[:3]}******{phone[-2:]}"


@given(st.one_of(LANDLINES, ABROAD))
def test_the_public_sees_no_digit_of_a_number_beyond_its_area_or_country(phone: str) -> None:
    shown = re.sub(r"\D", "", mask_phone(phone, Profile.PUBLIC))
    assert len(shown) <= 4
    assert re.sub(r"\D", "", phone).startswith(shown)


@given(LANDLINES, LANDLINES)
def test_a_masks_length_says_nothing_of_the_number(first: str, second: str) -> None:
    assert len(mask_phone(f"021{first[-8:].replace('-', '2')}")) == len(mask_phone(f"021{second[-7:]}")) or (
        mask_phone(f"021{second[-7:]}").startswith("021-")
    )
    assert mask_phone(first).endswith("-******")


@given(MOBILES, st.sampled_from(["{}", "+86 {}", "86{}", "0086{}", "0{}", " {} "]))
def test_all_ways_of_writing_a_mobile_compare_equal(phone: str, written: str) -> None:
    assert normalise_phone(written.format(phone)) == f"+86{phone}"


def test_a_landline_and_a_foreign_number_have_one_form_too() -> None:
    assert normalise_phone("0571-88123456") == normalise_phone("+86 (571) 8812 3456") == "+8657188123456"
    assert normalise_phone("00852 9123 4567") == normalise_phone("+852-91234567") == "+85291234567"


def test_two_people_behind_one_virtual_number_do_not_compare_equal() -> None:
    assert normalise_phone("18412345678-1234") != normalise_phone("18412345678-1235")


@pytest.mark.parametrize(
    ("phone", "last"),
    [("13800005678", "5678"), ("+86 138 0000 5678", "5678"), ("18412345678-1234", "1234"), ("0571-88123456", "3456")],
)
def test_the_tail_is_what_carriers_ask_for(phone: str, last: str) -> None:
    assert tail(phone) == last


@pytest.mark.parametrize("phone", ["", "12345", "none", "138********"])
def test_a_number_without_four_known_digits_has_no_tail(phone: str) -> None:
    assert tail(phone) == ""
