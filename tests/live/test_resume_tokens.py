"""Resume tokens: what they hold, and what a watch does with good, old, foreign and broken ones."""

import asyncio
import contextlib
import string

import pytest
from doorstep.tracking.v1.live_service_pb2 import (
    GAP_REASON_OTHER_EPOCH,
    GAP_REASON_TOKEN_MISMATCH,
    GAP_REASON_TOKEN_TOO_OLD,
)
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st
from memory_log import MemoryLog
from plane import Client, Plane, plane
from valkey_process import ValkeyProcess

from doorstepd.live.ports import Targets
from doorstepd.live.resume import START, BadToken, Progress, decode, digest, encode

NUMBERS = st.integers(0, 2**63 - 1)
NAMES = st.text(min_size=1, max_size=20)


@st.composite
def watched(draw: st.DrawFn) -> tuple[Targets, Progress]:
    orders = draw(st.lists(NAMES, max_size=5))
    parcels = draw(st.lists(NAMES, max_size=5))
    progress = Progress(
        draw(NUMBERS),
        tuple(tuple(draw(st.lists(NUMBERS, max_size=4))) for _ in orders),
        tuple(draw(NUMBERS) for _ in parcels),
    )
    return Targets(tuple(orders), tuple(parcels)), progress


@given(watched(), NAMES)
def test_a_token_says_what_was_put_in(case: tuple[Targets, Progress], merchant: str) -> None:
    targets, progress = case
    token = encode(progress, digest(merchant, targets))
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert decode(token, digest(merchant, targets), targets) == progress


@given(watched(), watched(), NAMES, NAMES)
def test_a_token_of_another_watch_is_refused(
    mine: tuple[Targets, Progress], other: tuple[Targets, Progress], merchant: str, another: str
) -> None:
    token = encode(mine[1], digest(merchant, mine[0]))
    if (merchant, mine[0]) != (another, other[0]):
        with pytest.raises(BadToken):
            decode(token, digest(another, other[0]), other[0])


@given(watched(), st.text() | st.text(alphabet=string.ascii_letters + string.digits + "-_"))
def test_any_text_at_all_is_read_or_refused_as_a_bad_token(case: tuple[Targets, Progress], text: str) -> None:
    with contextlib.suppress(BadToken):
        decode(text, digest("m", case[0]), case[0])


@given(watched(), st.data())
def test_a_changed_token_never_decodes_to_something_it_would_not_be_written_as(
    case: tuple[Targets, Progress], data: st.DataObject
) -> None:
    targets, progress = case
    mark = digest("m", targets)
    token = encode(progress, mark)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_"))
    changed = token[:place] + letter + token[place + 1 :]
    try:
        read = decode(changed, mark, targets)
    except BadToken:
        return
    assert read is not None
    assert encode(read, mark) == changed


@given(watched(), st.integers(0, 60))
def test_a_token_cut_short_or_made_longer_is_refused(case: tuple[Targets, Progress], cut: int) -> None:
    targets, progress = case
    mark = digest("m", targets)
    token = encode(progress, mark)
    for broken in (token[: max(1, len(token) - 4 - cut)], token + "AAAA", token + "\n", "A" * 100_000):
        with pytest.raises(BadToken):
            decode(broken, mark, targets)


def test_the_starting_token_begins_any_watch_anew() -> None:
    assert decode(START, digest("m", Targets(("o",))), Targets(("o",))) is None


async def _gap(here: Plane, client: Client, reason: int) -> None:
    await client.reaches(here.log)
    assert client.kinds[:2] == ["gap", "snapshot"]
    assert client.updates[0].gap.reason == reason
    assert client.updates[0].resume_token == START


async def _stopped(here: Plane, orders: tuple[str, ...] = ("o1",)) -> Client:
    client = here.read(orders)
    await client.reaches(here.log)
    return await client.leave()


async def test_a_watch_goes_on_where_the_token_says(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1", "p2")
        before = await _stopped(here)
        for _ in range(300):
            here.log.append("p1")
        here.log.append("p2")
        after = here.read(("o1",), after=before)
        await after.reaches(here.log)
        assert after.history == {"p1": list(range(2, 302)), "p2": [2]}
        assert set(after.kinds) == {"change"}
        assert here.hub.counters.resumed == 1
        await after.leave()


async def test_every_token_on_the_way_is_a_good_place_to_go_on(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1", "p2")
        client = here.read(("o1",))
        await client.reaches(here.log)
        for _ in range(5):
            here.append("p1")
            here.append("p2")
        here.log.add_parcel("o1", "p3")
        here.publisher.wake("m", "o1", "p3", 1)
        await eventually(lambda: client.history.get("p3"))
        await client.reaches(here.log)
        for update in client.updates:
            again = here.read(("o1",), token=update.resume_token)
            seen = dict.fromkeys(("p1", "p2", "p3"), 0)
            again.revisions = seen
            for earlier in client.updates[: client.updates.index(update) + 1]:
                kind = earlier.WhichOneof("update")
                if kind == "snapshot":
                    seen.update({p.parcel_id: p.revision for p in earlier.snapshot.orders[0].parcels})
                elif kind == "change":
                    seen[earlier.change.parcel_id] = earlier.change.revision
            await again.reaches(here.log)
            assert "gap" not in again.kinds
            await again.leave()
        await client.leave()


async def test_a_token_older_than_the_log_gets_a_gap_and_a_snapshot(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        before = await _stopped(here)
        for _ in range(20):
            here.log.append("p1")
        here.log.trim("p1", 2)
        just = here.read(("o1",), after=before)
        await just.reaches(here.log)
        assert just.history == {"p1": list(range(2, 22))}
        await just.leave()
        here.log.trim("p1", 3)
        late = here.read(("o1",), after=before)
        await _gap(here, late, GAP_REASON_TOKEN_TOO_OLD)
        assert here.hub.counters.gaps == {"too_old": 1}
        await late.leave()


async def test_a_parcel_at_rest_whose_log_was_trimmed_is_no_gap(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.log.append("p1")
        before = await _stopped(here)
        here.log.trim("p1", 3)
        after = here.read(("o1",), after=before)
        await eventually(lambda: after.kinds == ["heartbeat"])
        await after.leave()


@pytest.mark.parametrize("token", ["", START, "nonsense", "AQ", "AQRO6hIT9_RHTwECAgE", "*" * 50, "包裹"])
async def test_an_unreadable_or_foreign_token_never_fails_a_watch(calm_valkey: ValkeyProcess, token: str) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o9", "p9")
        client = here.read(("o9",), token=token)
        if token in ("", START):
            await client.reaches(here.log)
            assert client.kinds == ["snapshot"]
        else:
            await _gap(here, client, GAP_REASON_TOKEN_MISMATCH)
        await client.leave()


async def test_a_restored_store_is_told_by_its_epoch_and_by_numbers_from_the_future(
    calm_valkey: ValkeyProcess,
) -> None:
    log = MemoryLog()
    log.add_order("o1", "p1")
    log.append("p1")
    async with plane(calm_valkey.url, log) as here:
        before = await _stopped(here)
    restored = MemoryLog()
    restored.add_order("o1", "p1")
    async with plane(calm_valkey.url, restored) as there:
        client = there.read(("o1",), token=before.token)
        await _gap(there, client, GAP_REASON_OTHER_EPOCH)
        await client.leave()
    log.epoch_now = 2
    async with plane(calm_valkey.url, log) as there:
        client = there.read(("o1",), token=before.token)
        await _gap(there, client, GAP_REASON_OTHER_EPOCH)
        await client.leave()


async def test_a_store_restored_under_an_open_watch_is_a_gap_and_a_snapshot(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.log.append("p1")
        client = here.read(("o1",))
        await client.reaches(here.log)
        here.log.add_order("o1", "p1")
        await eventually(lambda: client.kinds == ["snapshot", "gap", "snapshot"])
        here.append("p1")
        await client.reaches(here.log)
        here.log.epoch_now = 7
        await eventually(lambda: client.kinds.count("snapshot") == 3)
        await client.leave()
        after = here.read(("o1",), after=client)
        await eventually(lambda: after.kinds == ["heartbeat"])
        await after.leave()


async def test_a_log_trimmed_under_a_reader_that_fell_behind_is_a_gap_not_a_hole(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, stuck=60.0) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",))
        await client.reaches(here.log)
        client.pace = lambda: 0.5 if len(client.updates) == 2 else 0.0
        here.append("p1")
        await eventually(lambda: client.history)
        for _ in range(200):
            here.append("p1")
        here.log.trim("p1", 150)
        await client.reaches(here.log)
        assert client.kinds[2:4] == ["gap", "snapshot"]
        await asyncio.sleep(0)
        await client.leave()
