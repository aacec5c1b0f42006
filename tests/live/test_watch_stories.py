"""What a watcher sees while all is well."""

import asyncio
import time
from dataclasses import replace

import pytest
from doorstep.tracking.v1.live_service_pb2 import (
    POSITION_STATE_HIDDEN,
    POSITION_STATE_LIVE,
    POSITION_STATE_STALE,
)
from eventually import eventually
from memory_log import MemoryLog
from plane import OUT_WITH_C1, VIEWER, Client, plane
from valkey_process import ValkeyProcess

from doorstepd import errors
from doorstepd.live import Targets, Viewer
from doorstepd.positions.distance import distance_m


async def test_a_watch_begins_with_a_snapshot_and_numbers_every_change_after_it(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1", "p2")
        client = here.read(("o1",))
        await client.reaches(here.log)
        assert client.kinds == ["snapshot"]
        for _ in range(20):
            here.append("p1")
            here.append("p2")
        await client.reaches(here.log)
        assert client.history == {"p1": list(range(2, 22)), "p2": list(range(2, 22))}
        await client.leave()
        await eventually(here.at_rest)


async def test_changes_committed_in_another_process_arrive(calm_valkey: ValkeyProcess) -> None:
    log = MemoryLog()
    log.add_order("o1", "p1")
    async with plane(calm_valkey.url, log) as here, plane(calm_valkey.url, log) as there:
        client = here.read(parcels=("p1",))
        await client.reaches(log)
        there.append("p1")
        await client.reaches(log)
        await client.leave()


async def test_nothing_falls_between_the_snapshot_and_the_first_wake(calm_valkey: ValkeyProcess) -> None:
    """Each watch is opened in the middle of a write, and no re-check comes to its help."""
    async with plane(calm_valkey.url, recheck=60.0) as here:
        here.log.add_order("o1", "p1")
        here.log.delay = 0.002
        for _ in range(30):
            client = here.read(("o1",))
            for _ in range(4):
                await asyncio.sleep(0.001)
                here.append("p1")
            await client.reaches(here.log, within=3.0)
            await client.leave()


async def test_a_parcel_added_to_the_order_is_followed_from_its_first_change(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        early, late = here.read(("o1",)), None
        await early.reaches(here.log)
        revision = here.log.add_parcel("o1", "p2")
        here.publisher.wake("m", "o1", "p2", revision)
        late = here.read(("o1",))
        here.append("p2")
        await eventually(lambda: early.history.get("p2") == [1, 2])
        await late.reaches(here.log)
        for client in (early, late):
            await client.leave()
            resumed = here.read(("o1",), after=client)
            here.append("p2")
            await eventually(lambda resumed=resumed: resumed.history.get("p2"))
            assert resumed.history["p2"] == [here.log.state["p2"].revision]
            assert "snapshot" not in resumed.kinds
            await resumed.leave()


async def test_the_courier_is_followed_while_out_for_delivery_and_hidden_right_after(
    calm_valkey: ValkeyProcess,
) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",))
        await client.reaches(here.log)
        here.move()
        here.append("p1", **OUT_WITH_C1)
        await eventually(lambda: client.shown == {"c1": here.sequence}, "the last known position")
        here.move(north=0.001)
        await eventually(lambda: client.shown == {"c1": here.sequence})
        assert client.states == [POSITION_STATE_LIVE] * 2
        approach = client.updates[-1].position.approaches[0]
        assert approach.parcel_id == "p1"
        assert approach.distance_meters == pytest.approx(distance_m(31.201, 121.4, 31.21, 121.4))
        here.append("p1", live=False)
        await eventually(lambda: client.states[-1] == POSITION_STATE_HIDDEN)
        assert client.kinds[-2:] == ["change", "position"]
        assert not client.updates[-1].position.HasField("position")
        here.move()
        await asyncio.sleep(0.1)
        assert client.kinds[-1] == "position"
        assert client.states[-1] == POSITION_STATE_HIDDEN
        assert not here.hub.board("m").couriers
        await client.leave()


async def test_after_reassignment_the_old_courier_is_hidden_and_the_new_one_shown(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        here.move("c1", 5)
        here.move("c2", 9)
        client = here.read(("o1",))
        await eventually(lambda: client.shown == {"c1": 5})
        here.append("p1", courier_id="c2")
        await eventually(lambda: client.shown == {"c1": 5, "c2": 9})
        hidden = [u.position.courier_id for u in client.updates if u.position.state == POSITION_STATE_HIDDEN]
        assert hidden == ["c1"]
        here.move("c1", 6)
        await asyncio.sleep(0.05)
        assert client.shown["c1"] == 5
        await client.leave()


async def test_visibility_is_asked_for_every_frame(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        here.renderer.may_see = False
        client = here.read(("o1",))
        await client.reaches(here.log)
        here.move()
        await asyncio.sleep(0.05)
        assert client.kinds == ["snapshot"]
        here.renderer.may_see = True
        here.move()
        await eventually(lambda: client.shown == {"c1": here.sequence})
        here.renderer.may_see = False
        here.move()
        await eventually(lambda: client.states == [POSITION_STATE_LIVE, POSITION_STATE_HIDDEN])
        await client.leave()


async def test_a_silent_courier_turns_stale_then_hidden_then_live_again(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        here.move()
        client = here.read(("o1",))
        await eventually(lambda: client.states == [POSITION_STATE_LIVE])
        here.skew = 31.0
        await eventually(lambda: client.states == [POSITION_STATE_LIVE, POSITION_STATE_STALE])
        assert client.updates[-1].position.HasField("position")
        here.skew = 121.0
        await eventually(lambda: client.states[-1] == POSITION_STATE_HIDDEN)
        here.skew = 0.0
        here.move()
        await eventually(lambda: client.states[-1] == POSITION_STATE_LIVE)
        assert len(client.states) <= 5
        await client.leave()


async def test_an_older_position_never_replaces_a_newer_one(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here, plane(calm_valkey.url, here.log) as there:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        client = here.read(("o1",))
        await client.reaches(here.log)
        for sequence in (10, 3, 11, 11, 7, 12):
            (here, there)[sequence % 2].move("c1", sequence)
            await asyncio.sleep(0.01)
        await eventually(lambda: client.shown == {"c1": 12})
        await client.leave()


async def test_a_quiet_watch_sends_heartbeats(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, heartbeat=0.1) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",))
        await eventually(lambda: client.kinds.count("heartbeat") >= 3)
        await client.leave()


async def test_a_watch_ends_soon_after_its_token_expires(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        client = here.read(("o1",), viewer=replace(VIEWER, expires_at=time.time() + 0.2))
        await client.reaches(here.log)
        await asyncio.wait_for(client.task, 5.0)
        assert isinstance(client.ended, errors.TokenExpired)
        assert here.hub.counters.expired == 1
        await eventually(here.at_rest)


async def test_a_caller_may_hold_only_so_many_watches(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, watches_per_principal=2) as here:
        here.log.add_order("o1", "p1")
        clients = [here.read(("o1",)) for _ in range(2)]
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        one_more = here.read(("o1",))
        await asyncio.wait_for(one_more.task, 5.0)
        assert isinstance(one_more.ended, errors.ResourceExhausted)
        other = here.read(("o1",), viewer=replace(VIEWER, principal="somebody else"))
        await other.reaches(here.log)
        await clients[0].leave()
        again = here.read(("o1",))
        await again.reaches(here.log)
        for client in (clients[1], other, again):
            await client.leave()
        await eventually(here.at_rest)


@pytest.mark.parametrize("targets", [Targets(("nowhere",)), Targets(parcels=("nothing",)), Targets(("o1",), ("no",))])
async def test_an_unknown_target_is_not_found_and_leaves_nothing(calm_valkey: ValkeyProcess, targets: Targets) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        client = Client(here.hub.watch(VIEWER, targets))
        await asyncio.wait_for(client.task, 5.0)
        assert isinstance(client.ended, errors.NotFound)
        await eventually(here.at_rest)


async def test_draining_sends_everybody_away_with_a_token_that_continues(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, go_away_spread=10.0) as here:
        here.log.add_order("o1", "p1")
        clients = [here.read(("o1",)) for _ in range(20)]
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        await here.hub.drain(timeout=5.0)
        await asyncio.gather(*(client.task for client in clients))
        assert all(client.ended is None and client.kinds[-1] == "go_away" for client in clients)
        delays = {client.updates[-1].go_away.retry_after.ToMilliseconds() for client in clients}
        assert len(delays) > 10
        assert all(0 <= delay <= 10_000 for delay in delays)
        late = here.read(("o1",))
        await asyncio.wait_for(late.task, 5.0)
        assert isinstance(late.ended, errors.Unavailable)
        async with plane(calm_valkey.url, here.log) as next_one:
            next_one.append("p1")
            back = next_one.read(("o1",), after=clients[0])
            await eventually(lambda: back.history == {"p1": [2]})
            await back.leave()


async def test_many_orders_and_parcels_share_one_stream(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        for number in range(30):
            here.log.add_order(f"o{number}", f"p{number}a", f"p{number}b")
        orders, alone = tuple(f"o{number}" for number in range(20)), ("p20a", "p25b", "p3a")
        client = here.read(orders, alone)
        await client.reaches(here.log)
        for number in range(30):
            here.append(f"p{number}a")
            here.append(f"p{number}b")
        await client.reaches(here.log)
        assert len(client.history) == 42
        resumed = here.read(orders, alone, after=await client.leave())
        await eventually(lambda: resumed.kinds == ["heartbeat"])
        await resumed.leave()


async def test_viewers_of_one_kind_share_what_is_rendered(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        viewers = [Viewer(f"user {n}", "m", "desk" if n % 2 else "customer") for n in range(50)]
        clients = [here.read(("o1",), viewer=viewer) for viewer in viewers]
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        here.append("p1")
        await asyncio.gather(*(client.reaches(here.log) for client in clients))
        assert here.renderer.rendered_changes == 2
        here.move()
        await eventually(lambda: all(client.shown for client in clients))
        assert here.renderer.rendered_positions == 1
        for client in clients:
            await client.leave()


async def test_a_head_that_changed_without_a_change_is_looked_at_again(calm_valkey: ValkeyProcess) -> None:
    async with plane(calm_valkey.url, recheck=60.0) as here:
        here.log.add_order("o1", "p1")
        here.append("p1", **OUT_WITH_C1)
        here.move("c2", 5)
        client = here.read(("o1",))
        await client.reaches(here.log)
        here.log.state["p1"] = replace(here.log.state["p1"], courier_id="c2")
        here.publisher.look_again("m", "o1", "p1")
        await eventually(lambda: client.shown == {"c2": 5})
        assert client.history == {}
        await client.leave()
