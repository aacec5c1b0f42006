"""Notices that fall into their shop's quiet hours, through the outbox."""

from datetime import UTC, datetime, timedelta

from office import event
from sqlalchemy import insert, select

from doorstepd.background.relay import Relay
from doorstepd.database.tables import merchants, outbox
from doorstepd.parcels.records import StoredReminder
from doorstepd.parcels.vocabulary import Status
from doorstepd.reminders import store as reminder_store

TONIGHT = datetime.now(UTC).replace(hour=16, minute=0, second=0, microsecond=0)  # midnight in Shanghai
MORNING = TONIGHT + timedelta(hours=8)
NIGHT = {"start": "22:00", "end": "08:00", "zone": "Asia/Shanghai"}


class Phone:
    """A channel that keeps the notices it was given."""

    name = "recorded"

    def __init__(self):
        self.got = []

    async def send(self, notice):
        self.got.append((notice.kind, notice.silent))


async def due_tonight(office, quiet, *kinds):
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("派送中", Status.OUT_FOR_DELIVERY, ago=timedelta(days=3)))
    async with office.database.writing() as c:
        shop = {"merchant_id": office.merchant_id, "name": "shop", "webhook_secret": "s", "create_time": TONIGHT}
        await c.execute(insert(merchants).values(shop | {"settings": {"quiet_hours": quiet}}))
        for kind in kinds:
            reminder = StoredReminder(parcel_id, 1, kind, TONIGHT, "中", "en", {})
            await reminder_store.add(c, [(office.merchant_id, reminder)], ("recorded",))


async def states(office):
    async with office.database.reading() as c:
        rows = await c.execute(select(outbox.c.kind, outbox.c.state, outbox.c.drop_reason))
        return {row.kind: (row.state, row.drop_reason) for row in rows}


async def test_the_bell_is_dropped_with_its_reason_and_other_news_comes_once_in_the_morning(office):
    await due_tonight(office, NIGHT, "courier_near", "delivery_failed")
    phone = Phone()
    relay = Relay(office.database, {"recorded": phone})
    assert await relay.send_due(TONIGHT) == 2
    assert await relay.send_due(TONIGHT + timedelta(hours=7)) == 0
    assert phone.got == []
    await relay.send_due(MORNING)
    await relay.send_due(MORNING + timedelta(minutes=1))
    assert phone.got == [("delivery_failed", False)]
    assert await states(office) == {"courier_near": ("dropped", "QUIET_HOURS"), "delivery_failed": ("sent", None)}


async def test_a_shop_may_have_its_bells_sent_silently(office):
    await due_tonight(office, NIGHT | {"bell": "silent"}, "courier_near")
    phone = Phone()
    await Relay(office.database, {"recorded": phone}).send_due(TONIGHT)
    assert phone.got == [("courier_near", True)]


async def test_quiet_hours_that_cannot_be_read_hold_nothing_back(office):
    await due_tonight(office, {"start": "late"}, "courier_near")
    phone = Phone()
    await Relay(office.database, {"recorded": phone}).send_due(TONIGHT)
    assert phone.got == [("courier_near", False)]
