import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.sealing import SealBroken, Sealer, SealingKeysUnusable, load_or_create
from doorstepd.errors import Internal

SEALER = Sealer({"k1": b"1" * 32}, "k1")
PHONE = "13800005678"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_was_sealed_opens_again(text: str) -> None:
    assert SEALER.open("shop", "orders.phone", SEALER.seal("shop", "orders.phone", text)) == text


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    sealed = {SEALER.seal("shop", "orders.phone", PHONE) for _ in range(100)}
    assert len(sealed) == 100
    assert not any(PHONE.encode() in one for one in sealed)


@pytest.mark.parametrize(
    ("merchant", "field"),
    [("other", "orders.phone"), ("shop", "orders.name"), ("shoporders", ".phone"), ("", "shoporders.phone")],
)
def test_it_does_not_open_in_another_place(merchant: str, field: str) -> None:
    with pytest.raises(SealBroken):
        SEALER.open(merchant, field, SEALER.seal("shop", "orders.phone", PHONE))


def test_it_does_not_open_with_another_key_of_the_same_name() -> None:
    with pytest.raises(SealBroken):
        Sealer({"k1": b"2" * 32}, "k1").open("shop", "f", SEALER.seal("shop", "f", PHONE))


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal("shop", "f", PHONE))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        SEALER.open("shop", "f", bytes(sealed))


@given(st.binary(max_size=80))
def test_bytes_that_were_never_sealed_are_refused(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        SEALER.open("shop", "f", junk)


def test_a_refusal_to_open_tells_nothing() -> None:
    with pytest.raises(Internal) as refused:
        SEALER.open("shop", "f", SEALER.seal("other", "f", PHONE))
    assert (refused.value.code, refused.value.violations) == ("INTERNAL", ())
    assert refused.value.__suppress_context__
    assert "1111" not in repr(SEALER)


def test_old_fields_open_while_a_new_key_is_current() -> None:
    rotated = Sealer({"k1": b"1" * 32, "k2": b"2" * 32}, "k2", index="k1")
    old, new = SEALER.seal("shop", "f", PHONE), rotated.seal("shop", "f", PHONE)
    assert rotated.open("shop", "f", old) == rotated.open("shop", "f", new) == PHONE
    assert (rotated.is_current(old), rotated.is_current(new), rotated.is_current(b"")) == (False, True, False)
    assert rotated.blind_index("shop", PHONE) == SEALER.blind_index("shop", PHONE)


def test_one_number_has_one_blind_index_a_merchant() -> None:
    index = SEALER.blind_index("shop", PHONE)
    assert index == SEALER.blind_index("shop", "+86 138-0000-5678")
    assert index != SEALER.blind_index("other", PHONE)
    assert index != SEALER.blind_index("shop", "13800005679")
    assert index != Sealer({"k1": b"2" * 32}, "k1").blind_index("shop", PHONE)
    assert len(index) == 24


@pytest.mark.parametrize(
    ("keys", "current", "index"),
    [
        ({}, "k1", None),
        ({"k1": b"short"}, "k1", None),
        ({"k1": b"1" * 32}, "k2", None),
        ({"k1": b"1" * 32}, "k1", "k2"),
    ],
)
def test_unusable_keys_are_refused_at_the_start(keys: dict[str, bytes], current: str, index: str | None) -> None:
    with pytest.raises(SealingKeysUnusable):
        Sealer(keys, current, index)


def test_development_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sealing.json"
    sealed = load_or_create(path).seal("shop", "f", PHONE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create(path).open("shop", "f", sealed) == PHONE
    assert [file.name for file in path.parent.iterdir()] == ["sealing.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"keys": {}}', json.dumps({"current": "a", "index": "a", "keys": {"a": "!"}})]
)
def test_a_broken_file_of_keys_is_refused_not_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sealing.json"
    path.write_text(content)
    with pytest.raises(SealingKeysUnusable):
        load_or_create(path)
    assert path.read_text() == content
