"""The buffer of a courier's fixes, against a plain model."""

from __future__ import annotations

from doorstep.messages import PositionFix
from doorstep.outbound import MOST_PER_MESSAGE, OutboundFixes
from hypothesis import given
from hypothesis import strategies as st


def fix(number: int) -> PositionFix:
    made = PositionFix()
    made.fix_time.seconds = number
    return made


def numbers(fixes: tuple[PositionFix, ...]) -> list[int]:
    return [made.fix_time.seconds for made in fixes]


STEPS = st.lists(st.sampled_from(["add", "send", "acknowledge", "lose"]), max_size=200)


@given(STEPS, st.integers(1, 30), st.integers(1, 4))
def test_every_fix_is_acknowledged_dropped_or_kept_and_none_overtakes(
    steps: list[str], capacity: int, most: int
) -> None:
    outbound = OutboundFixes(capacity, most)
    added = 0
    under_way: list[tuple[int, list[int]]] = []
    acknowledged: list[int] = []
    for step in steps:
        if step == "add":
            added += 1
            outbound.add(fix(added))
        elif step == "send" and outbound.can_send:
            batch = outbound.next_batch()
            under_way.append((batch.batch_id, numbers(batch.fixes)))
        elif step == "acknowledge" and under_way:
            batch_id, fixes = under_way.pop(0)
            assert outbound.acknowledge(batch_id)
            acknowledged += fixes
        elif step == "lose":
            outbound.link_lost()
            under_way.clear()
        assert len(outbound) <= capacity
        assert len(acknowledged) + len(outbound) + outbound.dropped == added
        assert acknowledged == sorted(set(acknowledged))


def test_a_full_buffer_drops_the_oldest() -> None:
    outbound = OutboundFixes(3)
    for number in range(5):
        outbound.add(fix(number))
    assert numbers(outbound.next_batch().fixes) == [2, 3, 4]
    assert outbound.dropped == 2


def test_a_message_carries_no_more_than_the_server_takes() -> None:
    outbound = OutboundFixes(2000)
    for number in range(1200):
        outbound.add(fix(number))
    assert [len(outbound.next_batch().fixes) for _ in range(3)] == [MOST_PER_MESSAGE, MOST_PER_MESSAGE, 200]


def test_what_was_not_acknowledged_goes_again_first_under_a_new_number() -> None:
    outbound = OutboundFixes(10)
    outbound.add(fix(1))
    lost = outbound.next_batch()
    outbound.add(fix(2))
    outbound.link_lost()
    again = outbound.next_batch()
    assert numbers(again.fixes) == [1, 2]
    assert again.batch_id > lost.batch_id
    assert not outbound.acknowledge(lost.batch_id)
