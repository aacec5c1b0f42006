"""Notices leave the outbox at least once, and without a crash exactly once, however many relays send."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from databases import opened
from office import Office, event, now
from sqlalchemy import select

from doorstepd.background.relay import Relay
from doorstepd.database.tables import outbox
from doorstepd.notifications import outbox as claims
from doorstepd.notifications.channel import Notice
from doorstepd.notifications.fate import drop_reason
from doorstepd.notifications.outbox import Claimed
from doorstepd.parcels.records import StoredReminder
from doorstepd.parcels.vocabulary import Status
from doorstepd.reminders import store as reminder_store


class Wire:
    """A channel that notes what it was given, and fails while it is told to."""

    name = "recorded"

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.failing = False

    async def send(self, notice: Notice) -> None:
        await asyncio.sleep(0)
        if self.failing:
            raise ConnectionError("13812345678")
        self.sent[notice.key] += 1


async def queue(office, count, kind="delivered", ago=timedelta()):
    """Reminders with a notice each, of one parcel that is out for delivery."""
    parcel_id = await office.parcel_id()
    await office.record(parcel_id, event("派送中", Status.OUT_FOR_DELIVERY, ago=timedelta(days=2)))
    async with office.database.writing() as c:
        for attempt in range(1, count + 1):
            reminder = StoredReminder(parcel_id, attempt, kind, now() - ago, "中", "en", {})
            await reminder_store.add(c, [(office.merchant_id, reminder)], ("recorded",))
    return parcel_id


async def states(office):
    async with office.database.reading() as c:
        rows = (await c.execute(select(outbox.c.state, outbox.c.drop_reason, outbox.c.tries))).all()
    return Counter((row.state, row.drop_reason) for row in rows), max(row.tries for row in rows)


async def drain(relay):
    while await relay.send_due(now()):
        pass


async def test_four_relays_lose_nothing_and_send_nothing_twice(url):
    wire = Wire()
    async with opened(url) as one, opened(url) as two:
        office = Office(one)
        parcel_id = await queue(office, 250)
        await asyncio.gather(*(drain(Relay(database, {"recorded": wire})) for database in (one, two, one, two)))
        assert wire.sent == {f"m/{parcel_id}/{n}/delivered/recorded": 1 for n in range(1, 251)}
        assert await states(office) == ({("sent", None): 250}, 1)


async def test_a_relay_that_died_loses_its_claim_and_another_sends_with_the_same_key(office):
    parcel_id, wire = await queue(office, 1), Wire()
    async with office.database.writing() as c:
        (lost,) = await claims.claim(c, now())
    relay = Relay(office.database, {"recorded": wire})
    assert await relay.send_due(now()) == 0
    assert await relay.send_due(now() + claims.LEASE + timedelta(seconds=1)) == 1
    assert list(wire.sent) == [lost.notice.key] == [f"m/{parcel_id}/1/delivered/recorded"]


async def test_a_channel_that_fails_is_tried_again_later_and_then_given_up(office):
    await queue(office, 1)
    wire = Wire()
    wire.failing = True
    relay = Relay(office.database, {"recorded": wire})
    for tries in range(1, claims.MOST_TRIES + 1):
        assert await relay.send_due(now() + timedelta(hours=tries)) == 1
        expected = "queued" if tries < claims.MOST_TRIES else "dead"
        assert await states(office) == ({(expected, None): 1}, tries)
    assert await relay.send_due(now() + timedelta(days=9)) == 0


async def test_a_channel_that_recovers_is_sent_to_once(office):
    await queue(office, 3)
    wire = Wire()
    relay = Relay(office.database, {"recorded": wire})
    wire.failing = True
    await relay.send_due(now())
    wire.failing = False
    await relay.send_due(now() + timedelta(hours=1))
    await relay.send_due(now() + timedelta(hours=2))
    assert set(wire.sent.values()) == {1}
    assert len(wire.sent) == 3


async def test_one_that_settles_late_does_not_undo_what_another_has_settled(office):
    await queue(office, 1)
    async with office.database.writing() as c:
        (claimed,) = await claims.claim(c, now())
        await claims.settle(c, [claimed.outbox_id], "sent", now())
        await claims.settle(c, [claimed.outbox_id], "dead", now())
        await claims.put_off(c, claimed.outbox_id, now())
    assert (await states(office))[0] == {("sent", None): 1}


async def test_a_bell_is_dropped_with_its_reason_once_it_is_late_or_the_parcel_moved_on(office):
    wire = Wire()
    relay = Relay(office.database, {"recorded": wire})
    await queue(office, 1, "courier_near", ago=timedelta(minutes=11))
    moved = await queue(office, 1, "courier_near")
    await office.record(moved, event("已签收", Status.DELIVERED, ago=timedelta(days=1)))
    await queue(office, 1, "courier_near")
    await drain(relay)
    assert sum(wire.sent.values()) == 1
    assert (await states(office))[0] == {
        ("dropped", "EXPIRED"): 1,
        ("dropped", "PARCEL_MOVED_ON"): 1,
        ("sent", None): 1,
    }


async def test_a_notice_for_a_channel_that_is_not_there_is_dropped_with_its_reason(office):
    await queue(office, 1)
    await drain(Relay(office.database, {}))
    assert (await states(office))[0] == {("dropped", "NO_CHANNEL"): 1}


@pytest.mark.parametrize(
    ("kind", "status", "attempt", "minutes", "expected"),
    [
        ("courier_near", "out_for_delivery", 1, 9, None),
        ("courier_near", "out_for_delivery", 1, 11, "EXPIRED"),
        ("courier_near", "out_for_delivery", 2, 0, "PARCEL_MOVED_ON"),
        ("courier_near", "delivered", 1, 0, "PARCEL_MOVED_ON"),
        ("courier_near", "delivery_failed", 2, 0, "PARCEL_MOVED_ON"),
        ("delivered", "delivered", 1, 600, None),
    ],
)
def test_what_is_dropped_right_before_sending(kind, status, attempt, minutes, expected):
    ring_time = now()
    claimed = Claimed(1, "recorded", 1, ring_time, status, attempt, Notice("key", "m", "p", 1, kind, "中", "en"))
    assert drop_reason(claimed, ring_time + timedelta(minutes=minutes)) == expected


async def test_a_failing_channel_leaves_nothing_personal_in_the_log(office, capsys):
    await queue(office, 1)
    wire = Wire()
    wire.failing = True
    await Relay(office.database, {"recorded": wire}).send_due(now())
    said = capsys.readouterr()
    assert "13812345678" not in said.out + said.err
