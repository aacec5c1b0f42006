"""Events arrive in any order, any number of times, from several sources and in several processes at once."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from databases import opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office import Office, event, now
from recorded import KDNIAO, OTHERS, report

from doorstepd.errors import NotFound
from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import ByNumber
from doorstepd.intake.register_order import NewParcel
from doorstepd.parcels.vocabulary import Status, SubStatus

SHARED = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def standing(parcel):
    """The parcel without what counts how it got there."""
    own = dict.fromkeys(("parcel_id", "order_id", "tracking_number", "revision", "create_time", "update_time"))
    return replace(parcel, **own)


def story(timeline):
    return [(one.event_id, one.event) for one in timeline]


async def entered(office, reports):
    parcel_id = await office.parcel_id()
    for one in reports:
        await office.events.record("m", parcel_id, one, now())
    await office.assert_sound(parcel_id)
    return standing(await office.parcel(parcel_id)), story(await office.timeline(parcel_id))


@pytest.mark.parametrize("name", KDNIAO + OTHERS)
async def test_a_recorded_reply_entered_twice_is_entered_once(office, name):
    parcel_id = await office.parcel_id()
    first = (await office.events.record("m", parcel_id, report(name), now()))[0]
    again = (await office.events.record("m", parcel_id, report(name), now()))[0]
    assert first.recorded > 0
    assert (again.recorded, again.parcel.revision) == (0, first.parcel.revision)
    await office.assert_sound(parcel_id)


@SHARED
@given(st.sampled_from(KDNIAO + OTHERS), st.randoms(use_true_random=False))
async def test_any_order_and_repetition_of_a_reply_gives_the_same_parcel(office, name, random):
    whole = report(name)
    single = [Report((one,)) for one in whole.events] + [Report((), whole.shipment)]
    pieces = single + random.choices(single, k=random.randint(0, 4))
    random.shuffle(pieces)
    assert await entered(office, pieces) == await entered(office, [whole])


@SHARED
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Status)),
            st.integers(0, 5),
            st.sampled_from(["kdniao", "zto", "courier_app"]),
            st.sampled_from([None, "李四", "王五"]),
        ),
        min_size=1,
        max_size=7,
        unique=True,
    ),
    st.randoms(use_true_random=False),
)
async def test_any_order_of_any_events_gives_the_same_parcel(office, told, random):
    base = now() - timedelta(hours=1)
    events = [
        replace(
            event(f"{status} {minute} {name}", status, source=source),
            time=base + timedelta(minutes=minute),
            courier_name=name,
        )
        for status, minute, source, name in told
    ]
    shuffled = random.sample(events, len(events))
    cut = random.randint(0, len(events))
    one = await entered(office, [Report(tuple(events))])
    assert await entered(office, [Report(tuple(shuffled[:cut])), Report(tuple(shuffled[cut:]))]) == one
    assert await entered(office, [Report((each,)) for each in shuffled]) == one


async def test_two_processes_entering_the_same_events_at_once_enter_each_once(url):
    async with opened(url) as one, opened(url) as two:
        offices = Office(one), Office(two)
        parcel_id = await offices[0].parcel_id()
        events = [event(f"快件到达第 {n} 站", Status.IN_TRANSIT, ago=timedelta(minutes=60 - n)) for n in range(12)]
        calls = [office.record(parcel_id, *random.sample(events, 4)) for office in offices for _ in range(8)]
        answers = await asyncio.gather(*calls)
        await offices[0].record(parcel_id, *events)
        assert sum(answer.recorded for answer in answers) <= len(events)
        assert len(await offices[0].timeline(parcel_id)) == len(events)
        await offices[0].assert_sound(parcel_id)


async def test_two_sources_at_once_lose_nothing_of_each_other(url):
    async with opened(url) as one, opened(url) as two:
        left, right = Office(one), Office(two)
        parcel_id = await left.parcel_id()

        async def tell(office, source):
            for n in range(10):
                ago = timedelta(minutes=50 - n)
                await office.record(parcel_id, event(f"{source} {n}", Status.IN_TRANSIT, ago=ago, source=source))

        await asyncio.gather(tell(left, "zto"), tell(right, "kdniao"))
        assert len(await left.timeline(parcel_id)) == 20
        await left.assert_sound(parcel_id)


async def test_an_older_event_that_comes_late_is_kept_and_moves_nothing(office):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("派送中", Status.OUT_FOR_DELIVERY))
    late = await office.record(parcel_id, event("已到达分拣中心", Status.IN_TRANSIT, ago=timedelta(hours=9)))
    assert late.recorded == 1
    assert late.parcel.status is Status.OUT_FOR_DELIVERY
    await office.assert_sound(parcel_id)


@pytest.mark.parametrize(
    "status", [Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED, Status.PICKED_UP]
)
async def test_delivered_never_goes_back(office, status):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("已签收", Status.DELIVERED, ago=timedelta(minutes=5)))
    after = await office.record(parcel_id, event("后来的消息", status))
    assert after.parcel.status is Status.DELIVERED
    assert {change.after.status for change in (await office.changes(parcel_id))[1:]} == {Status.DELIVERED}


async def test_an_event_of_unknown_meaning_is_kept_and_leaves_a_known_state(office):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("派送中", Status.OUT_FOR_DELIVERY, ago=timedelta(minutes=5)))
    after = await office.record(parcel_id, event("??", Status.UNKNOWN, recognised=False))
    assert (after.recorded, after.parcel.status) == (1, Status.OUT_FOR_DELIVERY)


async def test_the_senders_own_id_makes_a_repeat_of_other_words_recognisable(office):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("派送中", Status.OUT_FOR_DELIVERY), keys={0: "e1"})
    again = await office.record(parcel_id, event("正在派送", Status.OUT_FOR_DELIVERY), keys={0: "e1"})
    assert (again.recorded, again.duplicates) == (0, 1)


async def test_parcels_under_one_number_all_hear_of_it(office):
    first, second = [await office.parcel_id(parcels=(NewParcel((), "zto", "SAME"),)) for _ in range(2)]
    other = await office.parcel_id(parcels=(NewParcel((), "sf", "SAME"),))
    told = Report((event("派送中", Status.OUT_FOR_DELIVERY),))
    answers = await office.events.record("m", ByNumber("SAME", "zto"), told, now())
    assert {answer.parcel.parcel_id for answer in answers} == {first, second}
    assert (await office.parcel(other)).status is Status.INFO_RECEIVED


async def test_a_number_or_parcel_of_another_merchant_is_not_found(office):
    parcel_id = await office.parcel_id(parcels=(NewParcel((), "zto", "OURS"),))
    told = Report((event("派送中", Status.OUT_FOR_DELIVERY),))
    for named in (parcel_id, ByNumber("OURS", "zto"), ByNumber("OURS"), "none", ByNumber("none")):
        with pytest.raises(NotFound):
            await office.events.record("n", named, told, now())
    assert (await office.parcel(parcel_id)).revision == 1


async def test_a_caller_without_the_right_to_a_parcel_gets_not_found_and_changes_nothing(office):
    parcel_id = await office.parcel_id()
    told = Report((event("派送中", Status.OUT_FOR_DELIVERY),))
    with pytest.raises(NotFound):
        await office.events.record("m", parcel_id, told, now(), lambda parcel: False)
    assert await office.timeline(parcel_id) == []


async def test_milestones_ring_once_however_often_they_are_told(office):
    parcel_id = await office.parcel_id()
    for n in range(3):
        await office.record(parcel_id, event(f"派送中 {n}", Status.OUT_FOR_DELIVERY, ago=timedelta(minutes=9 - n)))
    for n in range(3):
        await office.record(parcel_id, event(f"已签收 {n}", Status.DELIVERED, ago=timedelta(minutes=5 - n)))
    assert sorted(one.kind for one in await office.reminders(parcel_id)) == ["delivered", "out_for_delivery"]
    await office.assert_sound(parcel_id)


async def test_what_happened_long_ago_reminds_nobody(office):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("已签收", Status.DELIVERED, ago=timedelta(days=3)))
    assert await office.reminders(parcel_id) == []


async def test_personal_words_of_an_event_are_masked_and_sealed(office):
    parcel_id = await office.parcel_id()
    told = event(
        "派件员李大明（13900001111）正在派送，取件码 8-2-3344，请到幸福路代收点",
        Status.AVAILABLE_FOR_PICKUP,
        sub_status=SubStatus.LOCKER_OR_STATION,
        courier_name="李大明",
        courier_phone="13900001111",
        pickup_code="8-2-3344",
        location="苏州网点 13900001111",
    )
    await office.record(parcel_id, told)
    kept = (await office.timeline(parcel_id))[0].event
    for secret in ("李大明", "13900001111", "8-2-3344"):
        assert secret not in repr(kept)
        assert secret not in repr(await office.parcel(parcel_id))
        assert all(secret not in repr(change) for change in await office.changes(parcel_id))


async def test_revisions_that_no_watch_may_ask_for_are_forgotten_and_the_newest_stay(url):
    async with opened(url) as database:
        office = Office(database, kept_revisions=10)
        parcel_id = await office.parcel_id()
        for batch in range(5):
            events = [
                event(f"站 {batch}.{n}", Status.IN_TRANSIT, ago=timedelta(minutes=99 - batch * 7 - n)) for n in range(7)
            ]
            await office.record(parcel_id, *events)
        kept = [change.revision for change in await office.changes(parcel_id)]
        newest = (await office.parcel(parcel_id)).revision
        assert kept == list(range(newest - 9, newest + 1))


async def test_many_events_at_once_do_not_hold_up_everybody_else(office):
    parcel_id = await office.parcel_id()
    events = [event(f"快件到达第 {n} 站", Status.IN_TRANSIT, ago=timedelta(minutes=600 - n)) for n in range(500)]
    answer = await office.record(parcel_id, *events)
    assert (answer.recorded, answer.parcel.revision) == (500, 501)
    await office.assert_sound(parcel_id)
