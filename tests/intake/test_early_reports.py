"""What carriers say of a number before its order is here is told again when the order comes."""

import asyncio
from datetime import timedelta

import pytest
from office import event, now, order
from sqlalchemy import func, select

from doorstepd.database.tables import early_reports
from doorstepd.errors import NotFound
from doorstepd.intake import early_reports as early
from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import ByNumber
from doorstepd.intake.register_order import NewParcel
from doorstepd.intake.set_tracking import TrackingSetter
from doorstepd.parcels.trust import Trust
from doorstepd.parcels.vocabulary import Status

PHONE = "13800001111"


def moving(text="快件到达 上海中心", ago=timedelta(minutes=5), **more):
    return Report((event(text, Status.IN_TRANSIT, ago=ago, source="zto", **more),), carrier="zto")


async def push(office, number, report, carrier="zto", at=None):
    named = ByNumber(number, carrier)
    return await office.events.record(office.merchant_id, named, report, at or now(), may_be_early=True)


async def too_early(office, number, report, **more):
    with pytest.raises(NotFound):
        await push(office, number, report, **more)


async def kept(office):
    async with office.database.reading() as c:
        return (await c.execute(select(func.count()).select_from(early_reports))).scalar_one()


async def registered(office, number, carrier="zto"):
    return (await office.register(order(parcels=(NewParcel((), carrier, number),)))).parcels[0]


async def test_a_push_before_its_order_is_in_the_timeline_once_the_order_comes(office):
    report = moving(f"张三 {PHONE} 正在派件，取件码 123456", courier_phone=PHONE, pickup_code="123456")
    await too_early(office, "SF1", report)
    await too_early(office, "SF1", report)
    assert await kept(office) == 1
    parcel = await registered(office, "SF1")
    assert (parcel.status, parcel.revision) == (Status.IN_TRANSIT, 2)
    (one,) = await office.timeline(parcel.parcel_id)
    assert PHONE not in one.event.text
    assert "123456" not in one.event.text
    (again,) = await push(office, "SF1", report)
    assert (again.recorded, again.duplicates) == (0, 1)
    await office.assert_sound(parcel.parcel_id)


async def test_a_push_before_the_number_is_set_is_told_when_it_is(office):
    setter = TrackingSetter(office.database, office.events._ledger, office.signals)
    parcel_id = await office.parcel_id(parcels=(NewParcel(),))
    await too_early(office, "Z9", moving())
    parcel = await setter.set(office.merchant_id, parcel_id, "zto", "z9", now())
    assert parcel.status is Status.IN_TRANSIT
    await office.assert_sound(parcel_id)


async def test_what_is_kept_is_sealed_and_reaches_no_other_merchant_carrier_or_number(office):
    await too_early(office, "A1", moving(f"派件员 {PHONE}"))
    async with office.database.reading() as c:
        (row,) = (await c.execute(select(early_reports.c.sealed))).all()
    assert PHONE.encode() not in row.sealed
    assert (await registered(office, "A1", "sf")).status is Status.INFO_RECEIVED
    assert (await registered(office, "A2")).status is Status.INFO_RECEIVED
    assert (await registered(office.of("n"), "A1")).status is Status.INFO_RECEIVED
    assert (await registered(office, "A1")).status is Status.IN_TRANSIT


async def test_what_was_kept_for_days_is_told_no_more(office):
    await too_early(office, "A1", moving(), at=now() - early.KEPT - timedelta(hours=1))
    assert (await registered(office, "A1")).status is Status.INFO_RECEIVED


async def test_only_so_many_are_kept(office, monkeypatch):
    monkeypatch.setattr(early, "MOST", 3)
    monkeypatch.setattr(early, "_TIDY_EVERY", 1)
    for number in range(6):
        await too_early(office, f"A{number}", moving())
    assert await kept(office) == 3
    assert (await registered(office, "A5")).status is Status.IN_TRANSIT


async def test_an_unsigned_end_that_came_early_is_still_no_end(office):
    claimed = Report((event("已签收", Status.DELIVERED, source="sf"),), carrier="sf", trust=Trust.UNSIGNED)
    await too_early(office, "SF1", claimed, carrier="sf")
    assert not (await registered(office, "SF1", "sf")).terminal


async def test_an_order_and_a_push_that_come_at_once_never_miss_each_other(office):
    for number in range(12):
        told = asyncio.gather(push(office, f"R{number}", moving()), return_exceptions=True)
        parcel, _ = await asyncio.gather(registered(office, f"R{number}"), told)
        assert len(await office.timeline(parcel.parcel_id)) == 1


async def test_a_number_is_found_however_it_is_written(office):
    parcel = await registered(office, " sf 999ａ")
    assert parcel.tracking_number == "SF999A"
    for written in ("SF999A", "sf999a ", "\tsF999a"):
        (found,) = await push(office, written, moving(written))
        assert found.parcel.parcel_id == parcel.parcel_id


async def test_a_carrier_that_a_push_names_is_recorded_where_the_shop_named_none(office):
    parcel = await registered(office, "N1", "")
    (told,) = await push(office, "N1", moving(), carrier="zto")
    assert told.parcel.carrier == "zto"
    await push(office, "N1", Report(moving("快件离开").events, carrier="yto"), carrier=None)
    assert (await office.parcel(parcel.parcel_id)).carrier == "zto"
    await office.assert_sound(parcel.parcel_id)


@pytest.mark.parametrize("named", ["", "ZTO 中通", "x" * 33])
async def test_what_is_no_name_of_a_carrier_is_not_recorded(office, named):
    await registered(office, "N1", "")
    (told,) = await push(office, "N1", Report(moving().events, carrier=named), carrier=None)
    assert told.parcel.carrier == ""


async def test_who_could_be_anybody_does_not_say_whose_number_it_is(office):
    await registered(office, "N1", "")
    unsigned = Report(moving().events, carrier="sf", trust=Trust.UNSIGNED)
    (told,) = await push(office, "N1", unsigned, carrier="sf")
    assert (told.recorded, told.parcel.carrier) == (1, "")
