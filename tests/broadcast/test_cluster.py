"""The bus on a cluster: each channel on the node that has its slot, whichever nodes fall and wherever slots move."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import redis
from eventually import eventually
from hypothesis import given
from hypothesis import strategies as st
from valkey_cluster import ValkeyCluster, valkey_cluster

from doorstepd.broadcast import Broadcast, NewestFix, NewestFixes, Pulse, positions_channel, shard_of
from doorstepd.broadcast.slots import Node, Slots, read_layout

pytestmark = pytest.mark.fault

QUICK = Pulse(interval=0.05, silence=0.4, connect=0.5, slowest_retry=0.2)
MERCHANTS = [f"m{number}" for number in range(12)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    with valkey_cluster() as it:
        yield it


class Ear:
    """A bus that listens to a channel for each merchant."""

    def __init__(self, url: str) -> None:
        self.bus = Broadcast(url, pulse=QUICK)
        self.heard: dict[str, list[bytes]] = {name: [] for name in MERCHANTS}
        self.states: list[bool] = []
        self.gaps = 0
        self.bus.on_gap(self._gap)
        self.bus.on_state(self.states.append)

    def _gap(self) -> None:
        self.gaps += 1

    async def hears(self, names: list[str], text: bytes) -> None:
        """Publishes until it has come back on each of these channels."""

        def said() -> bool:
            silent = [name for name in names if text not in self.heard[name]]
            for name in silent:
                self.bus.publish(name, text)
            return not silent

        await eventually(said, f"hearing {text!r}")


@asynccontextmanager
async def ear(cluster: ValkeyCluster) -> AsyncIterator[Ear]:
    one = Ear(cluster.url)
    await one.bus.start(wait=5.0)
    assert not one.bus.degraded
    for name, heard in one.heard.items():
        await one.bus.subscribe(name, heard.append)
    try:
        yield one
    finally:
        await one.bus.stop()


def shard_listeners(cluster: ValkeyCluster, channel: str) -> list[int]:
    """How many listen to the channel, as a shard's and as everybody's, at each node."""
    verbs = ("SHARDNUMSUB", "NUMSUB")
    return [one.admin.execute_command("PUBSUB", verb, channel)[1] for one in cluster.masters for verb in verbs]


async def test_entries_arrive_once_and_in_order_and_each_channel_stays_on_its_node(cluster):
    async with ear(cluster) as here, ear(cluster) as there:
        sent = [str(number).encode() for number in range(200)]
        for entry in sent:
            for name in MERCHANTS:
                here.bus.publish(name, entry)
        for one in (here, there):
            await eventually(lambda one=one: all(len(heard) >= len(sent) for heard in one.heard.values()))
            assert all(heard == sent for heard in one.heard.values())
        assert len({cluster.owner(name).port for name in MERCHANTS}) == 3
        for name in MERCHANTS:
            assert sorted(shard_listeners(cluster, name)) == [0, 0, 0, 0, 0, 2]
        assert here.states == [False]


async def test_fixes_are_stored_compared_published_and_read_on_every_node(cluster):
    async with ear(cluster) as one:
        fixes = NewestFixes(one.bus)
        heard: list[bytes] = []
        newest = [NewestFix(f"c{n}", 2.0, 2, b"new") for n in range(20)]
        for shard in range(4):
            await one.bus.subscribe(positions_channel("m", shard), heard.append)
        fixes.put("m", newest)
        await eventually(lambda: len(heard) == len(newest), "every fix")
        fixes.put("m", [NewestFix(fix.courier_id, 1.0, 1, b"old") for fix in newest])
        fixes.put("m", [NewestFix("c0", 3.0, 3, b"last")])
        await eventually(lambda: len(heard) == len(newest) + 1, "the last one")
        assert await fixes.get("m", ["c1", "c5", "nobody"]) == {"c1": newest[1], "c5": newest[5]}
        found = await fixes.all("m")
        assert {fix.body for name, fix in found.items() if name != "c0"} == {b"new"}
        assert found["c0"].body == b"last"
        await fixes.close()


async def test_a_node_killed_is_told_the_others_go_on_and_its_return_is_a_gap(cluster):
    async with ear(cluster) as one:
        await one.hears(MERCHANTS, b"before")
        # The node whose address we were given is the worst to lose.
        lost = cluster.masters[0]
        its = [name for name in MERCHANTS if cluster.owner(name) is lost]
        others = [name for name in MERCHANTS if name not in its]
        assert its
        lost.kill()
        await eventually(lambda: one.bus.degraded, "noticing")
        await one.hears(others, b"meanwhile")
        subscription = await asyncio.wait_for(one.bus.subscribe("late", one.heard[its[0]].append), 3.0)
        gaps = one.gaps
        lost.start()
        await eventually(lambda: not one.bus.degraded and one.gaps > gaps, "healing", 20)
        await one.hears(MERCHANTS, b"after")
        assert one.states == [False, True, False]
        subscription.release()


async def test_a_slot_that_moves_takes_its_channel_along_and_is_a_gap(cluster):
    async with ear(cluster) as one:
        for round_ in range(3):
            gaps = one.gaps
            new = cluster.move(MERCHANTS[0])
            await eventually(lambda gaps=gaps: one.gaps > gaps and not one.bus.degraded, "the gap", 20)
            await one.hears(MERCHANTS, f"after move {round_}".encode())
            assert shard_listeners(cluster, MERCHANTS[0])[2 * cluster.masters.index(new)] == 1
        one.bus.publish(MERCHANTS[0], b"only once")
        await eventually(lambda: b"only once" in one.heard[MERCHANTS[0]])
        await asyncio.sleep(0.05)
        assert one.heard[MERCHANTS[0]].count(b"only once") == 1


async def test_a_cluster_that_comes_up_after_us_is_found(cluster):
    for master in cluster.masters:
        master.kill()
    one = Ear(cluster.url)
    await one.bus.start(wait=0.1)
    assert one.bus.degraded
    for name, heard in one.heard.items():
        await one.bus.subscribe(name, heard.append)
    for master in cluster.masters:
        master.start()
    await eventually(lambda: not one.bus.degraded, "finding it", 20)
    await one.hears(MERCHANTS, b"at last")
    await one.bus.stop()


THREE = [Node("10.0.0.1", 7000), Node("10.0.0.2", 7000), Node("10.0.0.3", 7001)]


@given(st.text(max_size=40), st.lists(st.integers(1, 16383), min_size=2, max_size=2, unique=True))
def test_every_name_has_one_node_and_each_node_can_be_given_a_name(name: str, cuts: list[int]) -> None:
    first, second = sorted(cuts)
    slots = Slots(((0, first - 1, THREE[0]), (first, second - 1, THREE[1]), (second, 16383, THREE[2])))
    assert slots.whole
    assert slots.of(name) in THREE
    number = redis.cluster.key_slot(name.encode())
    assert [node for low, high, node in slots.ranges if low <= number <= high] == [slots.of(name)]


def test_names_are_found_for_a_node_with_few_slots() -> None:
    slots = Slots(((0, 16000, THREE[0]), (16001, 16383, THREE[1])))
    assert slots.of(slots.name_at(THREE[1], "doorstep:heartbeat:1f")) == THREE[1]
    assert not Slots(((0, 100, THREE[0]),)).whole


def test_a_node_that_does_not_know_its_name_is_where_it_was_asked() -> None:
    layout = [[0, 99, [b"", 7000, b"id"]], [100, 200, [b"::1", 7001, b"id"], [b"replica", 7002, b"id"]]]
    slots = read_layout(layout, "valkey.shop")
    assert [node.url("rediss://me:s%20cret@seed:6379/0?ssl_ca_certs=ca.pem") for _, _, node in slots.ranges] == [
        "rediss://me:s%20cret@valkey.shop:7000/0?ssl_ca_certs=ca.pem",
        "rediss://me:s%20cret@[::1]:7001/0?ssl_ca_certs=ca.pem",
    ]


def test_shards_of_one_merchant_lie_on_several_nodes() -> None:
    third = 16384 // 3
    slots = Slots(((0, third, THREE[0]), (third + 1, 2 * third, THREE[1]), (2 * third + 1, 16383, THREE[2])))
    couriers = [f"c{number}" for number in range(40)]
    assert len({slots.of(positions_channel("shop", shard_of(one))) for one in couriers}) >= 2
