"""Whether anybody has told anything of a parcel yet: until then its customer is asked for patience."""

from types import SimpleNamespace
from typing import Any

import pytest

from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.silence import nothing_heard
from doorstepd.parcels.vocabulary import Status, SubStatus


def parcel(*shipments: Shipment, **other: Any) -> Any:
    usual = {"tracking_number": "78000000000001", "status": Status.PENDING, "event_id": None, "shipments": shipments}
    return SimpleNamespace(**usual | other)


@pytest.mark.parametrize("sub_status", [None, SubStatus.NO_INFO_YET])
def test_a_carrier_who_has_nothing_to_say_yet_has_told_nothing(sub_status: SubStatus | None) -> None:
    assert nothing_heard(parcel())
    assert nothing_heard(parcel(Shipment("zto", Status.PENDING, sub_status), Shipment("kdniao", Status.PENDING)))


def test_a_carrier_who_does_not_know_the_number_has_told_something() -> None:
    assert not nothing_heard(parcel(Shipment("kdniao", Status.PENDING, SubStatus.NOT_FOUND)))
    assert not nothing_heard(parcel(Shipment("zto", Status.PENDING), Shipment("kdniao", Status.IN_TRANSIT)))


def test_without_a_number_nobody_could_have_told_anything_and_an_event_is_news() -> None:
    assert not nothing_heard(parcel(tracking_number=""))
    assert not nothing_heard(parcel(event_id="zto/1"))
    assert not nothing_heard(parcel(status=Status.IN_TRANSIT))
