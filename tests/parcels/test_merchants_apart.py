"""No query crosses from one merchant to another: what one does, another neither sees nor changes."""

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
from office import DOOR, Office, event, fixes_towards, order
from sqlalchemy import event as listeners

from doorstepd.access.callers import Caller, Role
from doorstepd.access.sealing import Sealer
from doorstepd.database.prepared import Prepared
from doorstepd.database.tables import metadata
from doorstepd.errors import NotFound
from doorstepd.intake.record_events import ByNumber
from doorstepd.intake.register_order import NewParcel
from doorstepd.parcels import log, store
from doorstepd.parcels.store import ParcelFilter
from doorstepd.parcels.vocabulary import Status
from doorstepd.positions import stops
from doorstepd.reminders import store as reminder_store
from doorstepd.rpc.reading import audience_of
from doorstepd.settings import Settings
from doorstepd.support.lookups import Lookups
from doorstepd.wiring import Doorstep

TENANT_TABLES = {
    table.name for table in metadata.tables.values() if "merchant_id" in table.c and table.name != "merchants"
}
WORDED = Prepared.worded


@pytest_asyncio.fixture
async def service(url, tmp_path):
    """The service as composed, not started: no bus, no door."""
    it = Doorstep(Settings(data=tmp_path, database_url=url, redis_url="redis://127.0.0.1:1/0"))
    yield it
    await it.database.close()


@pytest.fixture
def office(service):
    return Office(service.database)


@contextmanager
def statements(database):
    """Every statement sent to the database meanwhile, by SQLAlchemy or by a driver."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    def worded(prepared, *names):
        found = WORDED(prepared, *names)
        seen.append(found.sql)
        return found

    listeners.listen(database.engine.sync_engine, "before_cursor_execute", note)
    Prepared.worded = worded
    try:
        yield seen
    finally:
        Prepared.worded = WORDED
        listeners.remove(database.engine.sync_engine, "before_cursor_execute", note)


def strays(seen):
    """Statements on a merchant's tables that do not say which merchant's, for each table or alias that they name."""
    return [statement for statement in seen if not _names_the_merchant(" ".join(statement.split()))]


def _names_the_merchant(statement):
    named = re.findall(r"(?:FROM|JOIN|UPDATE|INTO) (\w+)(?: AS (\w+))?", statement)
    tables = [(table, alias or table) for table, alias in named if table in TENANT_TABLES]
    if statement.startswith("INSERT"):
        return all("merchant_id" in statement.partition("VALUES")[0] for _ in tables)
    condition = re.split(r" (?:WHERE|ON) ", statement, maxsplit=1)[-1] if tables else ""
    return all(re.search(rf"\b{alias}\.merchant_id\b", condition) for _, alias in tables)


async def a_whole_story(office):
    """Everything that writes, and everything that reads; answers the parcel."""
    new = order(parcels=(NewParcel((), "zto", "T1", "P1"), NewParcel((), "zto", "T2", "P2")), order_id="O")
    await office.orders.register(office.merchant_id, new, new.order_time or event("").time)
    await office.record("P1", event("已揽收", Status.PICKED_UP, ago=timedelta(hours=2)))
    await office.assign("P1", "P2")
    async with office.positions.round(office.merchant_id, "k1") as its_round:
        await office.positions.report(its_round, fixes_towards(DOOR))
    await office.complete("P1", delivered=False)
    await office.assign("P1", courier_id="k2")
    await office.complete("P1")
    return "P1"


async def every_read(service, merchant_id):
    caller = Caller(Role.MERCHANT_ADMIN, merchant_id, "a")
    reading, lookups = service.reading, Lookups(service.database)
    lookups.note(caller, "O", "c1")
    await lookups.stop()
    async with service.database.reading() as c:
        return [
            await reading.orders(audience_of(caller), ["O"]),
            await reading.parcels(audience_of(caller), ["P1", "P2"]),
            await log.changes(c, merchant_id, "P1", 0, 100),
            await log.events_of(c, merchant_id, ["P1"]),
            await store.parcels_of_orders(c, merchant_id, ["O"]),
            await store.list_orders(c, merchant_id, None, 10, None),
            await store.list_orders(c, merchant_id, "c1", 10, None),
            await store.search(c, merchant_id, ParcelFilter(order_ids=("O",), tracking_number="T1"), 10, None),
            await store.search(c, merchant_id, ParcelFilter(statuses=("delivered", "out_for_delivery")), 10, None),
            await store.lock_numbered(c, merchant_id, ["T1"]),
            await store.lock_numbered(c, merchant_id, ["T1"], ["P2"]),
            await store.lock_parcels(c, merchant_id, ["P1"]),
            await store.existing(c, merchant_id, ["P1"]),
            await reminder_store.rung(c, merchant_id, ["P1"]),
            await log.oldest_kept(c, merchant_id, ["P1"]),
            await stops.of_parcels(c, merchant_id, ["P1"]),
            await stops.open_of_courier(c, merchant_id, "k1"),
            await stops.ahead(c, merchant_id, ["P1", "P2"]),
            await stops.states(c, merchant_id, {("P1", 1)}),
            await stops.get_courier(c, merchant_id, "k1"),
            await reminder_store.of_parcels(c, merchant_id, ["P1", "P2"]),
        ]


async def test_every_statement_on_a_merchants_tables_names_the_merchant(service, office):
    with statements(office.database) as seen:
        await a_whole_story(office)
        await every_read(service, "m")
    assert strays(seen) == []
    touched = {table for statement in seen for table in TENANT_TABLES if re.search(rf"\b{table}\b", statement)}
    assert touched >= {
        "orders",
        "parcels",
        "events",
        "revisions",
        "couriers",
        "stops",
        "reminders",
        "outbox",
        "lookups",
    }


def test_a_statement_that_names_no_merchant_is_found():
    assert strays(["SELECT parcels.status FROM parcels WHERE parcels.parcel_id = ?"])
    assert strays(["SELECT parcels.merchant_id FROM parcels WHERE parcels.parcel_id = ?"])
    assert strays(["UPDATE stops SET state=? WHERE stops.parcel_id = ?"])
    assert strays(["INSERT INTO stops (parcel_id) VALUES (?)"])
    assert not strays(["SELECT 1", "SELECT x FROM parcels WHERE parcels.merchant_id = ?"])


async def test_another_merchant_reads_nothing_of_it(service, office):
    await a_whole_story(office)
    assert not [found for found in await every_read(service, "n") if found]
    assert [bool(found) for found in await every_read(service, "m")].count(False) <= 2


async def test_another_merchant_with_the_same_ids_changes_nothing_of_it(office):
    await a_whole_story(office)
    before = [await office.parcel(one) for one in ("P1", "P2")], await office.timeline("P1")
    other = office.of("n")
    await a_whole_story(other)
    await other.events.record("n", ByNumber("T2"), _delivered(), event("").time)
    assert ([await office.parcel(one) for one in ("P1", "P2")], await office.timeline("P1")) == before
    for one in (office, other):
        await one.assert_sound("P1")


async def test_a_sealed_field_of_one_merchant_does_not_open_as_anothers():
    sealer = Sealer({"k": b"x" * 32}, "k")
    with pytest.raises(Exception, match=r"."):
        sealer.open("n", "orders.recipient", sealer.seal("m", "orders.recipient", "13812345678"))


async def test_what_belongs_to_another_merchant_cannot_be_written_to(office):
    await office.parcel_id(parcels=(NewParcel((), "zto", "T9", "P9"),))
    other = office.of("n")
    with pytest.raises(NotFound):
        await other.record("P9", event("已签收", Status.DELIVERED))
    with pytest.raises(NotFound):
        await other.complete("P9")
    (assigned,) = await other.assign("P9")
    assert isinstance(assigned.refusal, NotFound)
    assert (await office.parcel("P9")).revision == 1


def _delivered():
    from doorstepd.intake.ledger import Report

    return Report((event("已签收", Status.DELIVERED),))
