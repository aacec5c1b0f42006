"""Why a bell rang or did not is kept for every attempt, and told in both languages."""

import re
from datetime import timedelta

import pytest
from databases import opened
from office import DOOR, Office, fixes_towards, now

from doorstepd.background.retention import Retention
from doorstepd.broadcast import Broadcast, NewestFixes
from doorstepd.intake.explain_bell import NOT_KNOWN, NOT_OUT, BellExplainer
from doorstepd.intake.round_state import Kept
from doorstepd.parcels.records import Door
from doorstepd.reminders import reason_store
from doorstepd.reminders.reason import Cause, Reason
from doorstepd.reminders.reason_store import Decided

AWAY = Door(DOOR.latitude - 0.2, DOOR.longitude)


async def explained(office, parcel_id, attempt=0):
    explainer = BellExplainer(office.database, office.feed)
    return await explainer.explain(await office.parcel(parcel_id), attempt, now())


async def kept(office, parcel_id, attempt=1):
    async with office.database.reading() as c:
        return await reason_store.get(c, office.merchant_id, parcel_id, attempt)


async def ride(office, towards, parcel_id, outcome=None, courier_id="k1"):
    """A courier rides towards a door with his phone on, and then the stop ends."""
    async with office.positions.round(office.merchant_id, courier_id) as its_round:
        await office.positions.report(its_round, fixes_towards(towards))
        await office.positions.settled(its_round)
        if outcome is not None:
            await office.complete(parcel_id, delivered=outcome == "delivered")
            await office.positions.stops_changed(office.merchant_id, courier_id)


@pytest.mark.parametrize("outcome", ["delivered", "failed"])
async def test_a_ring_is_explained_after_either_outcome(office, outcome):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, DOOR, parcel_id, outcome)
    found = await explained(office, parcel_id)
    assert found.rang
    assert found.attempt == 1
    assert found.reason.cause is Cause.INSIDE
    assert found.words.zh.startswith("已提醒：派件员距离收件地址约 ")
    assert found.words.en.startswith("Rung: the courier was about ")
    assert found.ring_time is not None


@pytest.mark.parametrize("outcome", ["delivered", "failed"])
async def test_a_silence_is_explained_after_either_outcome(office, outcome):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY, parcel_id, outcome)
    found = await explained(office, parcel_id)
    assert not found.rang
    assert found.attempt == 1
    assert found.reason.cause in (Cause.NEVER_NEAR, Cause.GATE_CLOSED)
    assert found.words.zh.startswith("未提醒：")
    assert found.words.en.startswith("Not rung: ")
    assert found.ring_time is None
    assert (await kept(office, parcel_id)).reason == found.reason


async def test_a_silence_says_how_near_he_came(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY, parcel_id, "delivered")
    found = await explained(office, parcel_id)
    assert re.search(r"最近约 2\d\.\d 公里", found.words.zh)
    assert re.search(r"about 2\d\.\d km", found.words.en)


async def test_an_open_attempt_is_explained_as_it_stands(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY, parcel_id)
    assert await kept(office, parcel_id) is None
    found = await explained(office, parcel_id)
    assert not found.rang
    assert found.reason.distance_m > 20_000


async def test_a_stop_that_ended_while_the_phone_was_off_is_explained_when_it_is_on_again(office, url):
    parcel_id, other = await office.parcel_id(), await office.parcel_id()
    await office.assign(parcel_id, other)
    await ride(office, AWAY, parcel_id)
    await office.complete(parcel_id)
    assert (await explained(office, parcel_id)).reason.distance_m > 20_000
    async with opened(url) as database:
        next_process = Office(database)
        next_process.feed.states.update(office.feed.states)
        async with next_process.positions.round("m", "k1") as its_round:
            await next_process.positions.report(its_round, fixes_towards(AWAY))
    assert (await kept(office, parcel_id)).reason.distance_m > 20_000
    assert await kept(office, other) is None


async def test_each_attempt_keeps_its_own_reason(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, AWAY, parcel_id, "failed")
    assert (await explained(office, parcel_id)).attempt == 1
    await office.assign(parcel_id, courier_id="k2")
    await ride(office, DOOR, parcel_id, "delivered", courier_id="k2")
    first, second = await explained(office, parcel_id, 1), await explained(office, parcel_id, 2)
    assert (first.rang, second.rang) == (False, True)
    assert (await explained(office, parcel_id)).attempt == 2


async def test_a_parcel_that_no_courier_had_is_said_to_be_so(office):
    found = await explained(office, await office.parcel_id())
    assert (found.rang, found.words) == (False, NOT_OUT)


async def test_without_any_position_nothing_is_invented(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    found = await explained(office, parcel_id)
    assert (found.rang, found.words, found.reason) == (False, NOT_KNOWN, None)


async def test_a_state_of_another_version_is_no_error(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    for state in (b"{}", b"not json", b'{"bell": {"stops": [[1]]}}', b"[]"):
        office.feed.states["m", "k1"] = Kept(state, state)
        assert (await explained(office, parcel_id)).words == NOT_KNOWN


async def test_a_later_silence_does_not_hide_a_ring(office):
    rang, silent = Reason(Cause.INSIDE, 1000.0, 900.0), Reason(Cause.NEVER_NEAR, 1000.0, 5000.0)
    async with office.database.writing() as c:
        for reason in (silent, rang, silent):
            await reason_store.put(c, "m", [Decided("P", 1, reason, now())])
    assert (await kept(office, "P")).reason == rang


async def test_reasons_are_forgotten_after_thirty_days(office):
    reason = Reason(Cause.NEVER_NEAR, 1000.0, 5000.0)
    async with office.database.writing() as c:
        await reason_store.put(c, "m", [Decided("old", 1, reason, now() - timedelta(days=30, minutes=1))])
        await reason_store.put(c, "m", [Decided("young", 1, reason, now() - timedelta(days=29))])
    await Retention(office.database, NewestFixes(Broadcast("redis://127.0.0.1:1/0"))).remove(now())
    assert await kept(office, "old") is None
    assert await kept(office, "young") is not None


async def test_what_is_kept_holds_no_place_and_no_address(office):
    parcel_id = await office.parcel_id()
    await office.assign(parcel_id)
    await ride(office, DOOR, parcel_id, "delivered")
    text = str((await kept(office, parcel_id)).reason.to_dict())
    assert "张江" not in text
    assert "31.1" not in text
    assert "121.6" not in text
