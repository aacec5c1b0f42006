"""Guessing the carrier from a number's shape."""

import pytest
from carrier_samples import EXPECTED
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.carriers.guess import guess


@pytest.mark.parametrize("provider", ["zto", "sf", "yto", "jd", "fourpx"])
def test_the_carriers_own_numbers_are_recognised(provider: str) -> None:
    results = [result for name, found in EXPECTED.items() if name.startswith(f"{provider}/") for result in found]
    numbers = [result["tracking_number"] for result in results if result["tracking_number"]]
    assert numbers
    assert all(guess(number)[:1] == (provider,) for number in numbers)


def test_spaces_and_small_letters_do_not_matter() -> None:
    assert guess(" sf1000000 002001 ") == ("sf",)


@given(st.text(max_size=30))
def test_any_text_can_be_asked(text: str) -> None:
    assert len(set(guess(text))) == len(guess(text))


@pytest.mark.parametrize(
    ("number", "likely"),
    [
        ("EA123456785CN", ("ems",)),
        ("1234567890", ("dhl",)),
        ("JD014600003828392837", ("dhl",)),
        ("JDVA00000004001-1-3-", ("jd",)),
        ("773000000000091", ("sto", "fedex")),
        ("268000000000", ("sto", "fedex", "sf")),
        ("118461988807", ("fedex", "sf")),
        ("961200000000000000000000000", ()),
        ("", ()),
        ("١٢٣٤٥٦٧٨٩٠", ()),
    ],
)
def test_an_ambiguous_number_has_several_candidates_the_particular_one_first(
    number: str, likely: tuple[str, ...]
) -> None:
    assert guess(number) == likely


@given(st.from_regex(r"[A-Z]{0,4}[0-9]{6,24}[A-Z]{0,2}", fullmatch=True), st.integers(0, 30))
def test_how_a_number_is_written_does_not_change_the_guess(number: str, cut: int) -> None:
    assert guess(f"\t{number[:cut].lower()} {number[cut:]}\n") == guess(number)
