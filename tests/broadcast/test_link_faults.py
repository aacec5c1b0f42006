"""What the bus does while Redis is not well: each fault is noticed, told, and healed without a restart."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis
from eventually import eventually
from tcp_proxy import tcp_proxy
from valkey_process import ValkeyProcess

from doorstepd.broadcast import Broadcast, NewestFix, NewestFixes, Pulse

pytestmark = pytest.mark.fault

QUICK = Pulse(interval=0.05, silence=0.4, connect=0.5, slowest_retry=0.1)


class Ear:
    """A bus with one channel, what it heard, and what it was told about itself."""

    def __init__(self, url: str) -> None:
        self.bus = Broadcast(url, pulse=QUICK)
        self.heard: list[bytes] = []
        self.states: list[bool] = []
        self.gaps = 0
        self.bus.on_gap(self._gap)
        self.bus.on_state(self.states.append)

    def _gap(self) -> None:
        self.gaps += 1

    async def hears(self, text: bytes) -> None:
        """Publishes until it comes back: a position or a wake may be lost, but not for long."""

        def said() -> bool:
            self.bus.publish("a", text)
            return text in self.heard

        await eventually(said, f"hearing {text!r}")


@asynccontextmanager
async def ear(url: str) -> AsyncIterator[Ear]:
    one = Ear(url)
    await one.bus.start()
    await one.bus.subscribe("a", one.heard.append)
    try:
        yield one
    finally:
        await one.bus.stop()


async def test_a_restart_is_a_gap_and_listening_goes_on(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one:
        await one.hears(b"before")
        for round_ in range(3):
            gaps = one.gaps
            valkey.kill()
            await eventually(lambda: one.bus.degraded, "noticing")
            one.bus.publish("a", b"while away")
            valkey.start()
            await eventually(lambda gaps=gaps: one.gaps > gaps, "the gap")
            assert not one.bus.degraded
            await one.hears(f"after {round_}".encode())
        assert one.states == [False, *[True, False] * 3]


async def test_a_black_hole_is_noticed_by_silence_and_healed(valkey: ValkeyProcess) -> None:
    async with tcp_proxy(valkey.port) as proxy, ear(f"redis://127.0.0.1:{proxy.port}/0") as one:
        await one.hears(b"before")
        proxy.mode = "blackhole"
        await eventually(lambda: one.bus.degraded, "noticing a link that raises nothing")
        assert one.bus.counters.silences == 1
        await asyncio.sleep(0.5)
        assert one.bus.degraded
        gaps = one.gaps
        proxy.mode = "pass"
        await eventually(lambda: not one.bus.degraded, "healing")
        assert one.gaps > gaps
        await one.hears(b"after")


async def test_a_frozen_redis_is_noticed_and_nothing_waits_for_it(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one:
        fixes = NewestFixes(one.bus, timeout=0.3)
        await one.hears(b"before")
        valkey.freeze()
        calls = [asyncio.create_task(fixes.get("m", ["c1"])) for _ in range(50)]
        fixes.put("m", [NewestFix("c1", 1.0, 1, b"")])
        assert await asyncio.wait_for(asyncio.gather(*calls), 3.0) == [{}] * 50
        await eventually(lambda: one.bus.degraded, "noticing")
        assert await fixes.get("m", ["c1"]) == {}
        subscription = await asyncio.wait_for(one.bus.subscribe("late", one.heard.append), 3.0)
        valkey.thaw()
        await eventually(lambda: not one.bus.degraded, "healing")
        await one.hears(b"after")
        subscription.release()
        await fixes.close()


async def test_a_channel_asked_for_while_redis_is_away_is_taken_up_later(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one:
        valkey.kill()
        await eventually(lambda: one.bus.degraded)
        late: list[bytes] = []
        await one.bus.subscribe("late", late.append)
        valkey.start()
        await eventually(lambda: not one.bus.degraded)
        one.bus.publish("late", b"1")
        await eventually(lambda: late == [b"1"])


async def test_every_cut_by_client_kill_is_a_gap_and_nothing_is_subscribed_twice(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one, redis.Redis(port=valkey.port) as admin:
        for round_ in range(5):
            gaps = one.gaps
            await admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
            await eventually(lambda gaps=gaps: one.gaps > gaps, "the gap")
            await one.hears(str(round_).encode())
        assert dict(await admin.pubsub_numsub("a")) == {b"a": 1}
        one.bus.publish("a", b"only once")
        await eventually(lambda: b"only once" in one.heard)
        await asyncio.sleep(0.05)
        assert one.heard.count(b"only once") == 1


async def test_a_listener_cut_for_its_output_buffer_learns_of_the_gap(valkey: ValkeyProcess) -> None:
    async with tcp_proxy(valkey.port) as proxy, redis.Redis(port=valkey.port) as admin:
        await admin.config_set("client-output-buffer-limit", "pubsub 100kb 100kb 1")
        async with ear(f"redis://127.0.0.1:{proxy.port}/0") as one:
            gaps = one.gaps
            proxy.mode, proxy.seconds = "delay", 0.25
            for _ in range(200):
                await admin.publish("a", b"\x08\x00\x00\x00" + b"x" * 100_000)
            await eventually(lambda: one.gaps > gaps or one.bus.degraded, "the cut")
            proxy.mode = "pass"
            await eventually(lambda: one.gaps > gaps and not one.bus.degraded, "the gap")
            await one.hears(b"after")


async def test_reset_connections_heal(valkey: ValkeyProcess) -> None:
    async with tcp_proxy(valkey.port) as proxy, ear(f"redis://127.0.0.1:{proxy.port}/0") as one:
        for round_ in range(5):
            gaps = one.gaps
            proxy.reset()
            await eventually(lambda gaps=gaps: one.gaps > gaps, "the gap")
            await one.hears(str(round_).encode())


async def test_a_slow_link_delays_but_does_not_break(valkey: ValkeyProcess) -> None:
    async with tcp_proxy(valkey.port) as proxy, ear(f"redis://127.0.0.1:{proxy.port}/0") as one:
        proxy.mode, proxy.seconds = "delay", 0.05
        for number in range(20):
            one.bus.publish("a", str(number).encode())
            await asyncio.sleep(0.01)
        await eventually(lambda: len(one.heard) == 20)
        assert one.heard == [str(number).encode() for number in range(20)]
        assert not one.bus.degraded


async def test_flushed_scripts_are_loaded_again(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one, redis.Redis(port=valkey.port) as admin:
        fixes = NewestFixes(one.bus)
        await admin.script_flush()
        number = 0

        async def stored() -> bool:
            nonlocal number
            number += 1
            fixes.put("m", [NewestFix("c1", float(number), number, b"")])
            await asyncio.sleep(0.02)
            return bool(await fixes.get("m", ["c1"]))

        while not await stored():
            assert number < 100
        await fixes.close()


async def test_a_confirmation_that_nobody_asked_for_is_a_gap(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one:
        gaps = one.gaps
        one.bus.network.subscribe("a")
        await eventually(lambda: one.gaps == gaps + 1)


async def test_answers_are_never_swapped_when_reads_are_cancelled_in_flight(valkey: ValkeyProcess) -> None:
    async with tcp_proxy(valkey.port) as proxy:
        proxy.mode, proxy.seconds = "delay", 0.002
        bus = Broadcast(f"redis://127.0.0.1:{proxy.port}/0", pulse=QUICK)
        await bus.start()
        fixes = NewestFixes(bus, connections=4)
        names = [f"c{number}" for number in range(40)]
        fixes.put("m", [NewestFix(name, 1.0, 1, name.encode()) for name in names])
        await asyncio.sleep(0.2)
        for round_ in range(40):
            tasks = [asyncio.create_task(fixes.get("m", [name])) for name in names]
            await asyncio.sleep(0.001 * (round_ % 5))
            for task in tasks[:: 1 + round_ % 3]:
                task.cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            for name, answer in zip(names, answers, strict=True):
                if isinstance(answer, dict) and answer:
                    assert answer[name].body == name.encode()
        await fixes.close()
        await bus.stop()


async def test_a_process_that_stood_still_does_not_blame_redis(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one:
        await one.hears(b"before")
        time.sleep(1.0)
        await one.hears(b"after")
        assert one.bus.counters.silences == 0
        assert one.gaps == 1


async def test_a_read_that_got_no_answer_is_looked_at_again_once_for_all(valkey: ValkeyProcess) -> None:
    async with ear(valkey.url) as one:
        fixes = NewestFixes(one.bus, timeout=1e-6)
        gaps = one.gaps
        assert [await fixes.get("m", ["c1"]) for _ in range(20)] == [{}] * 20
        assert not one.bus.degraded
        await eventually(lambda: one.gaps > gaps, "looking again")
        assert one.gaps == gaps + 1
        await fixes.close()


async def test_a_channel_confirmed_only_after_the_wait_is_a_gap(valkey: ValkeyProcess) -> None:
    bus, gaps = Broadcast(valkey.url, pulse=Pulse(silence=30.0), subscribe_timeout=0.1), []
    bus.on_gap(lambda: gaps.append(1))
    await bus.start()
    before = len(gaps)
    valkey.freeze()
    subscription = await bus.subscribe("late", lambda _: None)
    assert len(gaps) == before
    valkey.thaw()
    await eventually(lambda: len(gaps) == before + 1, "the gap")
    subscription.release()
    await bus.stop()
