"""What customers choose for their bells, on every door: who may, what is refused, and that it is kept and obeyed."""

import asyncio
import math
from datetime import UTC, datetime, timedelta

import asking
import grpc
import pytest
from doorstep import Client
from doorstep.messages import QUIET_BELL_DROPPED, QUIET_BELL_SILENT, QuietHours, ReminderPreferences
from doorstep.tracking.v1 import ingest_service_pb2, reminder_pb2, reminder_service_pb2, stop_pb2
from refusing import refused

from doorstepd.access.callers import Role

R = reminder_service_pb2
NIGHT = {"start": "22:00", "end": "08:00"}


def choosing(customer_id="", quiet=None, **chosen):
    hours = None if quiet is None else QuietHours(**quiet)
    return R.SetReminderPreferencesRequest(
        customer_id=customer_id, preferences=ReminderPreferences(quiet_hours=hours, **chosen)
    )


async def test_a_customer_chooses_for_himself_with_the_client_and_reads_it_again(house):
    customer = asking.new_id("c")
    token = house.token(Role.CUSTOMER, customer_id=customer)
    async with Client(house.daemon.target, token=token) as client:
        assert await client.get_reminder_preferences() == ReminderPreferences()
        night = QuietHours(**NIGHT, bell=QUIET_BELL_SILENT)
        kept = await client.set_reminder_preferences(bell_radius_meters=500, quiet_hours=night)
        assert kept.bell_radius_meters == 500
        assert kept.quiet_hours == QuietHours(**NIGHT, zone="Asia/Shanghai", bell=QUIET_BELL_SILENT)
        assert await client.get_reminder_preferences(customer) == kept
        assert await client.set_reminder_preferences() == await client.get_reminder_preferences()
        assert await client.get_reminder_preferences() == ReminderPreferences()


async def test_the_shop_chooses_for_any_of_its_customers(house, stubs):
    customer = asking.new_id("c")
    callers = [house.caller(), house.caller(Role.MERCHANT_OPERATOR), house.caller(Role.MERCHANT_ADMIN)]
    for radius, caller in enumerate(callers, 500):
        request = choosing(customer, NIGHT | {"zone": "Europe/Berlin"}, bell_radius_meters=radius)
        await stubs.reminders.SetReminderPreferences(request, metadata=caller)
        asked = R.GetReminderPreferencesRequest(customer_id=customer)
        kept = await stubs.reminders.GetReminderPreferences(asked, metadata=house.caller(Role.DESK_AGENT))
        hours = QuietHours(**NIGHT, zone="Europe/Berlin", bell=QUIET_BELL_DROPPED)
        assert kept == ReminderPreferences(bell_radius_meters=radius, quiet_hours=hours)


async def test_anothers_choice_is_not_there(house, stubs):
    theirs = asking.new_id("c")
    await stubs.reminders.SetReminderPreferences(choosing(theirs, bell_radius_meters=500), metadata=house.caller())
    mine = house.customer(asking.new_id("c"))
    asked = R.GetReminderPreferencesRequest(customer_id=theirs)
    for call in (
        stubs.reminders.SetReminderPreferences(choosing(theirs, bell_radius_meters=20_000), metadata=mine),
        stubs.reminders.GetReminderPreferences(asked, metadata=mine),
    ):
        assert (await refused(call)).code is grpc.StatusCode.NOT_FOUND
    kept = await stubs.reminders.GetReminderPreferences(asked, metadata=house.caller())
    assert kept.bell_radius_meters == 500
    other = house.caller(Role.MERCHANT_ADMIN, "other")
    assert await stubs.reminders.GetReminderPreferences(asked, metadata=other) == ReminderPreferences()


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (choosing(""), "customer_id"),
        (choosing("a b"), "customer_id"),
        *((choosing("c", bell_radius_meters=one), "bell_radius_meters") for one in (0, -1, 99.9, 20_000.1, 1e300)),
        *((choosing("c", bell_radius_meters=one), "bell_radius_meters") for one in (math.nan, math.inf, -math.inf)),
        (choosing("c", {}), "quiet_hours.start"),
        (choosing("c", {"start": "22:00"}), "quiet_hours.end"),
        *(
            (choosing("c", NIGHT | {"start": one}), "quiet_hours.start")
            for one in ("24:00", "10pm", "22", "二", "x" * 9999)
        ),
        (choosing("c", NIGHT | {"end": "8:60"}), "quiet_hours.end"),
        *(
            (choosing("c", NIGHT | {"zone": one}), "quiet_hours.zone")
            for one in ("Asia/Nowhere", "/etc/passwd", "a\0b")
        ),
        *((choosing("c", NIGHT | {"zone": one}), "quiet_hours.zone") for one in ("Asia", "x" * 9999, "../UTC")),
        *((choosing("c", NIGHT | {"bell": one}), "quiet_hours.bell") for one in (3, -1)),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_bad_choice_is_refused_by_its_field_and_not_kept(house, stubs, request_, field):
    found = await refused(stubs.reminders.SetReminderPreferences(request_, metadata=house.caller()))
    wanted = field if field == "customer_id" else f"preferences.{field}"
    assert (found.code, found.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [wanted])
    asked = R.GetReminderPreferencesRequest(customer_id="c")
    assert await stubs.reminders.GetReminderPreferences(asked, metadata=house.caller()) == ReminderPreferences()


async def rung(house, stubs, customer):
    request = R.ListRemindersRequest(parcel_id=customer.parcel_id)
    found = await stubs.reminders.ListReminders(request, metadata=house.customer(customer.name))
    return [one for one in found.reminders if one.kind == reminder_pb2.REMINDER_KIND_COURIER_NEAR]


class Customer:
    """One with an order, and what he chose for its bell."""

    def __init__(self, **chosen):
        self.name, self.chosen, self.parcel_id = asking.new_id("c"), chosen, ""

    async def orders(self, house, stubs):
        created = await stubs.ingest.CreateOrder(asking.order(customer_id=self.name), metadata=house.caller())
        self.parcel_id = created.parcels[0].parcel_id
        await stubs.reminders.SetReminderPreferences(choosing(**self.chosen), metadata=house.customer(self.name))
        return self


async def ride_to(house, stubs, *customers):
    """One courier has a parcel of each, and comes from 1,600 m to 800 m from their door."""
    courier = asking.new_id("k")
    stops = [stop_pb2.Stop(parcel_id=one.parcel_id) for one in customers]
    request = ingest_service_pb2.AssignStopsRequest(courier_id=courier, stops=stops)
    await stubs.ingest.AssignStops(request, metadata=house.caller())
    fixes = asking.reports(asking.ride(start_m=1600, step_m=40, count=21))
    async for _ in stubs.ingest.ReportPositions(fixes, metadata=house.courier(courier)):
        pass


async def test_a_courier_at_800_metres_rings_for_the_customer_of_2_km_and_not_for_him_of_500_m(house, stubs):
    near = await Customer(bell_radius_meters=500).orders(house, stubs)
    far = await Customer(bell_radius_meters=2000).orders(house, stubs)
    await ride_to(house, stubs, near, far)
    assert [len(await rung(house, stubs, one)) for one in (near, far)] == [0, 1]
    (bell,) = await rung(house, stubs, far)
    assert bell.reason.radius_meters == 2000


async def test_a_customer_in_his_quiet_hours_is_not_sent_the_bell_and_the_notice_says_why(house, stubs):
    now, hour = datetime.now(UTC), timedelta(hours=1)
    hours = {"start": f"{now - hour:%H:%M}", "end": f"{now + hour:%H:%M}", "zone": "UTC"}
    quiet = await Customer(quiet=hours).orders(house, stubs)
    usual = await Customer().orders(house, stubs)
    await ride_to(house, stubs, quiet, usual)
    assert await became_of_bell(house, stubs, quiet) == [(reminder_pb2.NOTICE_STATE_DROPPED, "QUIET_HOURS")]
    assert await became_of_bell(house, stubs, usual) == [(reminder_pb2.NOTICE_STATE_SENT, "")]


async def became_of_bell(house, stubs, customer):
    """What became of its notices, once they have left the outbox."""
    async with asyncio.timeout(20):
        while True:
            (bell,) = await rung(house, stubs, customer)
            if all(one.state != reminder_pb2.NOTICE_STATE_QUEUED for one in bell.notices):
                return [(one.state, one.drop_reason) for one in bell.notices]
            await asyncio.sleep(0.05)
