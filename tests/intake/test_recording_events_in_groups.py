"""Reports that are recorded together leave what they leave one by one, and each stands or falls alone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office import DOOR, event, now, order
from sqlalchemy import func, select, text

from doorstepd.database.tables import revisions, stops
from doorstepd.errors import NotFound, Unavailable
from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import ByNumber
from doorstepd.intake.register_order import NewParcel
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.vocabulary import Status, SubStatus

PARCELS = ("P1", "P2", "P3")
NAMED = st.sampled_from(
    [
        "P1",
        "P2",
        "P3",
        "unknown",
        ByNumber("A"),
        ByNumber("A", "zto"),
        ByNumber("A", "sf"),
        ByNumber("B"),
        ByNumber("C"),
    ]
)
EVENTS = st.tuples(
    st.sampled_from(
        [Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.DELIVERY_FAILED, Status.DELIVERED, Status.UNKNOWN, None]
    ),
    st.integers(-90, 30),
    st.sampled_from(["kdniao", "zto"]),
    st.sampled_from([None, "李四"]),
)
SHIPMENTS = st.none() | st.builds(
    Shipment,
    source=st.just("kdniao"),
    status=st.sampled_from([None, Status.EXCEPTION]),
    sub_status=st.sampled_from([None, SubStatus.STALLED]),
    computed=st.booleans(),
)
TOLD = st.tuples(NAMED, st.lists(EVENTS, max_size=3), SHIPMENTS)


def reports(told, base):
    """Reports as drawn, each received a second after the one before."""
    made = []
    for second, (named, events, shipment) in enumerate(told):
        happened = tuple(
            replace(
                event(f"{status} {minute} {name}", status, source=source),
                time=base + timedelta(minutes=minute),
                courier_name=name,
            )
            for status, minute, source, name in events
        )
        made.append((named, Report(happened, shipment), base + timedelta(minutes=40, seconds=second)))
    return made


async def furnished(office, base):
    """Three parcels, two of them under one number, two of them on a courier's round."""
    under = (NewParcel((), "zto", "A", "P1"), NewParcel((), "", "A", "P2"), NewParcel((), "zto", "B", "P3"))
    await office.orders.register(office.merchant_id, order(order_id="O", parcels=under), base - timedelta(days=1))
    await office.assign("P1", "P3", door=DOOR)


async def told_one_by_one(office, made):
    return [await outcome(office, one) for one in made]


async def told_in_groups(office, made, sizes):
    outcomes, begun = [], 0
    while begun < len(made):
        size = next(sizes)
        outcomes += await asyncio.gather(*(outcome(office, one) for one in made[begun : begun + size]))
        begun += size
    return outcomes


async def outcome(office, one):
    named, report, received = one
    try:
        found = await office.events.record(office.merchant_id, named, report, received)
    except NotFound:
        return "not found"
    return sorted((each.parcel.parcel_id, each.recorded, each.duplicates, each.parcel.revision) for each in found)


async def left(office):
    """All that is kept of the parcels, without the merchant's name and the moment of the furnishing."""
    found = []
    for parcel_id in PARCELS:
        await office.assert_sound(parcel_id)
        scans = [one for one in await office.timeline(parcel_id) if one.event.source != "courier_app"]
        timeline = [(one.event_id, one.event) for one in scans]
        logged = [(one.kind, _standing(one.after)) for one in await office.changes(parcel_id)]
        rung = sorted((one.attempt, one.kind) for one in await office.reminders(parcel_id))
        found.append((timeline, logged, rung))
    async with office.database.reading() as c:
        columns = (stops.c.parcel_id, stops.c.attempt, stops.c.state)
        rows = await c.execute(select(*columns).where(stops.c.merchant_id == office.merchant_id).order_by(*columns))
        return found, [tuple(row) for row in rows]


def _standing(parcel):
    return parcel.status, parcel.sub_status, parcel.attempt, parcel.courier and parcel.courier.name, parcel.shipments


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(TOLD, min_size=1, max_size=10), st.lists(st.integers(1, 10), min_size=10, max_size=10), st.uuids())
async def test_any_grouping_of_any_reports_leaves_what_they_leave_one_by_one(office, told, sizes, name):
    base = now() - timedelta(hours=1)
    single, grouped = office.of(f"one-{name}"), office.of(f"many-{name}")
    for each in (single, grouped):
        await furnished(each, base)
    made = reports(told, base)
    assert await told_in_groups(grouped, made, iter(sizes)) == await told_one_by_one(single, made)
    assert await left(grouped) == await left(single)


def poisoned():
    """A text that neither database takes."""
    return Report((event("派送中 \ud800", Status.OUT_FOR_DELIVERY),))


async def test_a_poisoned_report_fails_alone(office):
    parcel_ids = [await office.parcel_id() for _ in range(20)]

    def report(number):
        return poisoned() if number in (3, 11) else Report((event("已到达", Status.IN_TRANSIT),))

    outcomes = await asyncio.gather(
        *(office.events.record("m", one, report(number), now()) for number, one in enumerate(parcel_ids)),
        return_exceptions=True,
    )
    assert [number for number, one in enumerate(outcomes) if isinstance(one, Exception)] == [3, 11]
    for number, one in enumerate(parcel_ids):
        assert len(await office.timeline(one)) == (0 if number in (3, 11) else 1)
        await office.assert_sound(one)


async def test_a_poisoned_report_of_a_parcel_spares_the_others_of_the_same_parcel(office):
    parcel_id = await office.parcel_id()
    good = [Report((event(f"第 {n} 站", Status.IN_TRANSIT, ago=timedelta(minutes=9 - n)),)) for n in range(6)]
    mixed = [*good[:3], poisoned(), *good[3:]]
    outcomes = await asyncio.gather(
        *(office.events.record("m", parcel_id, one, now()) for one in mixed), return_exceptions=True
    )
    assert [isinstance(one, Exception) for one in outcomes] == [one is mixed[3] for one in mixed]
    assert len(await office.timeline(parcel_id)) == 6
    await office.assert_sound(parcel_id)


async def test_merchants_in_one_group_do_not_meet(office):
    merchants = [office.of(name) for name in ("a", "b", "c")]
    for each in merchants:
        await each.register(order(order_id="O", parcels=(NewParcel((), "zto", "SAME", "P1"),)))
    told = {name: Report((event(f"{name} 的消息", Status.IN_TRANSIT),)) for name in ("a", "b")}
    await asyncio.gather(
        *(office.events.record(name, ByNumber("SAME"), one, now()) for name, one in told.items()),
        office.events.record("a", "P1", told["a"], now()),
    )
    texts = [[one.event.text for one in await each.timeline("P1")] for each in merchants]
    assert texts == [["a 的消息"], ["b 的消息"], []]


async def test_who_gives_up_waiting_takes_nobody_along(office):
    parcel_ids = [await office.parcel_id() for _ in range(10)]
    told = Report((event("已到达", Status.IN_TRANSIT),))
    tasks = [asyncio.create_task(office.events.record("m", one, told, now())) for one in parcel_ids]
    await asyncio.sleep(0)
    tasks[4].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, BaseException) for one in outcomes] == [n == 4 for n in range(10)]


async def test_a_group_is_one_commit_for_all_its_parcels(office):
    parcel_ids = [await office.parcel_id() for _ in range(30)]
    told = Report((event("已到达", Status.IN_TRANSIT),))
    begun = 0
    writing = office.database.writing

    def counted(**options):
        nonlocal begun
        begun += 1
        return writing(**options)

    office.database.writing = counted
    await asyncio.gather(*(office.events.record("m", one, told, now()) for one in parcel_ids))
    assert begun == 1
    async with office.database.reading() as c:
        assert (await c.execute(select(func.count()).select_from(revisions))).scalar_one() == 60


async def cut_who_waits(office):
    """Ends the connections that wait for a lock; how many there were. A transaction would see one moment only."""
    waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with office.database.reading() as c:
        return (await c.execute(text(f"SELECT count(pg_terminate_backend(pid)) FROM {waiting}"))).scalar_one()


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_a_group_whose_connection_is_cut_is_refused_whole_and_the_next_is_taken(office):
    parcel_ids = [await office.parcel_id() for _ in range(3)]
    told = Report((event("已到达", Status.IN_TRANSIT),))
    async with office.database.writing() as c:
        await c.execute(text("SELECT 1 FROM parcels FOR UPDATE"))
        waiting = [asyncio.create_task(office.events.record("m", one, told, now())) for one in parcel_ids]
        while not await cut_who_waits(office):
            await asyncio.sleep(0.01)
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(one, Unavailable) for one in outcomes)
    assert await office.timeline(parcel_ids[0]) == []
    await asyncio.gather(*(office.events.record("m", one, told, now()) for one in parcel_ids))
    assert [len(await office.timeline(one)) for one in parcel_ids] == [1, 1, 1]
