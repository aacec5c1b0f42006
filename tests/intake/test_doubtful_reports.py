"""What carriers tell that should not be taken as it stands: numbers used again, times to come, rows without a state."""

from datetime import timedelta

from office import Office, event, now

from doorstepd.intake.ledger import Report
from doorstepd.intake.record_events import ByNumber
from doorstepd.intake.register_order import NewParcel
from doorstepd.parcels.vocabulary import Status


async def tell(office: Office, number: str, status: Status) -> set[str]:
    """The parcels that hear of a scan under a number."""
    told = await office.events.record(office.merchant_id, ByNumber(number), Report((event("到达", status),)), now())
    return {one.parcel.parcel_id for one in told}


async def test_a_number_used_again_leaves_the_parcel_of_before_alone(office: Office) -> None:
    parcels = (NewParcel(carrier="zto", tracking_number="78000000000777"),)
    old = await office.parcel_id(order_id="used-1", parcels=parcels)
    await office.record(old, event("已签收", Status.DELIVERED))
    new = await office.parcel_id(order_id="used-2", parcels=parcels)
    assert await tell(office, "78000000000777", Status.OUT_FOR_DELIVERY) == {new}


async def test_a_parcel_registered_after_its_journey_goes_on_being_told(office: Office) -> None:
    parcels = (NewParcel(carrier="zto", tracking_number="78000000000779"),)
    late = await office.parcel_id(order_id="late-1", parcels=parcels)
    await office.record(late, event("已签收", Status.DELIVERED, ago=timedelta(days=3)))
    assert await tell(office, "78000000000779", Status.OUT_FOR_DELIVERY) == {late}


async def test_two_parcels_under_one_number_are_both_told(office: Office) -> None:
    parcels = (NewParcel(carrier="zto", tracking_number="78000000000778"),)
    both = {await office.parcel_id(order_id=f"shared-{n}", parcels=parcels) for n in range(2)}
    assert await tell(office, "78000000000778", Status.OUT_FOR_DELIVERY) == both


async def test_a_scan_of_the_day_after_tomorrow_is_kept_and_moves_nothing(office: Office) -> None:
    parcel_id = await office.parcel_id()
    before = await office.parcel(parcel_id)
    told = await office.record(parcel_id, event("已签收", Status.DELIVERED, ago=-timedelta(days=2)))
    assert told.recorded == 1
    assert told.parcel.status is before.status


async def test_a_scan_of_a_clock_an_hour_ahead_counts(office: Office) -> None:
    told = await office.record(await office.parcel_id(), event("运输中", Status.IN_TRANSIT, ago=-timedelta(hours=1)))
    assert told.parcel.status is Status.IN_TRANSIT


async def test_a_row_without_a_state_leaves_a_labelled_parcel_labelled(office: Office) -> None:
    told = await office.record(await office.parcel_id(), event("运单已创建"))
    assert told.parcel.status is Status.INFO_RECEIVED
