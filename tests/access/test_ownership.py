from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access.callers import Caller, Role
from doorstepd.access.permissions import (
    may_act_for,
    may_complete_for,
    may_report_for,
    may_see_order,
    may_see_parcel,
    may_see_positions,
)

IDS = st.sampled_from(["a", "b", "", None])
ALL_SCOPES = frozenset({"tracking.read", "tracking.write", "positions.read", "positions.write"})
CALLERS = st.builds(
    Caller,
    role=st.sampled_from(Role),
    merchant_id=st.sampled_from(["m1", "m2"]),
    subject=st.just("s"),
    customer_id=IDS,
    courier_id=IDS,
    order_id=IDS,
    scopes=st.sampled_from([frozenset(), ALL_SCOPES]),
)
GUEST = Caller(Role.GUEST, "m1", "s", order_id="o1")
CUSTOMER = Caller(Role.CUSTOMER, "m1", "s", customer_id="c1")
COURIER = Caller(Role.COURIER, "m1", "s", courier_id="k1")
SERVICE = Caller(Role.INTERNAL_SERVICE, "m1", "s")


@given(CALLERS, IDS, IDS, IDS)
def test_nobody_sees_a_thing_of_another_merchant(
    caller: Caller, customer: str | None, order: str | None, courier: str | None
) -> None:
    assert not may_see_order(caller, "other", customer, order or "")
    assert not may_see_parcel(caller, "other", customer, order or "", courier)


@given(CALLERS, st.sampled_from(["", None]), IDS, IDS)
def test_a_missing_id_is_never_equal_to_a_missing_id(
    caller: Caller, missing: str | None, customer: str | None, courier: str | None
) -> None:
    bare = replace(caller, customer_id=missing, courier_id=missing, order_id=missing)
    if bare.role in (Role.GUEST, Role.CUSTOMER, Role.COURIER):
        assert not may_see_order(bare, bare.merchant_id, customer, "")
        assert not may_see_parcel(bare, bare.merchant_id, customer, "", courier)
        assert not may_report_for(bare, courier)


def test_a_customer_sees_their_own_orders_only() -> None:
    assert may_see_order(CUSTOMER, "m1", "c1", "o1")
    assert may_see_parcel(CUSTOMER, "m1", "c1", "o1", None)
    assert not may_see_order(CUSTOMER, "m1", "c2", "o1")
    assert not may_see_order(CUSTOMER, "m1", None, "o1")


def test_a_guest_sees_the_shared_order_only() -> None:
    assert may_see_order(GUEST, "m1", "c1", "o1")
    assert may_see_parcel(GUEST, "m1", "c1", "o1", "k1")
    assert not may_see_order(GUEST, "m1", "c1", "o2")


def test_a_courier_sees_assigned_parcels_and_no_order() -> None:
    assert may_see_parcel(COURIER, "m1", "c1", "o1", "k1")
    assert not may_see_parcel(COURIER, "m1", "c1", "o1", "k2")
    assert not may_see_parcel(COURIER, "m1", "c1", "o1", None)
    assert not may_see_order(COURIER, "m1", "c1", "o1")


def test_a_courier_sees_a_parcel_no_longer_once_its_journey_is_over() -> None:
    assert not may_see_parcel(COURIER, "m1", "c1", "o1", "k1", closed=True)
    assert may_see_parcel(CUSTOMER, "m1", "c1", "o1", "k1", closed=True)


@pytest.mark.parametrize("role", [Role.MERCHANT_OPERATOR, Role.MERCHANT_ADMIN, Role.DESK_AGENT])
def test_the_merchants_people_see_all_of_their_merchant(role: Role) -> None:
    caller = Caller(role, "m1", "s")
    assert may_see_order(caller, "m1", "anybody", "o9")
    assert may_see_parcel(caller, "m1", None, "o9", None)
    assert not may_report_for(caller, "k1")
    assert not may_complete_for(caller, "k1")


def test_an_internal_service_sees_and_writes_by_scope() -> None:
    def holding(scope: str) -> Caller:
        return replace(SERVICE, scopes=frozenset({scope}))

    assert not may_see_order(SERVICE, "m1", "c1", "o1")
    assert may_see_order(holding("tracking.read"), "m1", "c1", "o1")
    assert not may_see_order(holding("positions.write"), "m1", "c1", "o1")
    assert may_report_for(holding("positions.write"), "k1")
    assert not may_report_for(holding("tracking.write"), "k1")
    assert may_complete_for(holding("tracking.write"), "k1")
    assert not may_see_positions(holding("tracking.read"))
    assert may_see_positions(holding("positions.read"))


def test_a_courier_reports_and_completes_for_nobody_else() -> None:
    assert may_report_for(COURIER, "k1")
    assert may_complete_for(COURIER, "k1")
    assert not may_report_for(COURIER, "k2")
    assert not may_complete_for(COURIER, "k2")
    assert not may_report_for(replace(COURIER, role=Role.CUSTOMER), "k1")


@given(CALLERS, st.sampled_from(["a", "b", ""]))
def test_a_customer_acts_for_himself_only_and_a_guest_or_courier_for_nobody(caller: Caller, customer: str) -> None:
    own = caller.role is Role.CUSTOMER and caller.customer_id == customer != ""
    assert may_act_for(caller, customer) == (own or caller.role not in (Role.CUSTOMER, Role.GUEST, Role.COURIER))


@pytest.mark.parametrize("role", Role)
def test_a_guest_looks_through_the_thickest_mask(role: Role) -> None:
    expected = {Role.GUEST: "guest", Role.CUSTOMER: "self"}.get(role, "desk")
    assert Caller(role, "m1", "s").view == expected
