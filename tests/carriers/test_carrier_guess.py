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
