"""Who may call what, written out a second time: a change of the rules has to be made twice, on purpose."""

from importlib import import_module
from pkgutil import iter_modules

import doorstep.tracking.v1 as contract
import pytest
from google.protobuf import descriptor_pool
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.access import permissions
from doorstepd.access.callers import Caller, Role
from doorstepd.errors import PermissionDenied, TooMany, Unauthenticated

PACKAGE = "doorstep.tracking.v1"

# g guest, c customer, k courier, o merchant_operator, a merchant_admin, d desk_agent; then the service's scope.
TABLE = """
TrackingService/GetOrder              g c - o a d   tracking.read
TrackingService/ListOrders            - c - o a d   tracking.read
TrackingService/BatchGetOrders        - c - o a d   tracking.read
TrackingService/GetParcel             g c k o a d   tracking.read
TrackingService/BatchGetParcels       - c k o a d   tracking.read
TrackingService/SearchParcels         - - - o a d   tracking.read
LiveService/WatchOrder                g c - o a d   tracking.read
LiveService/WatchParcels              g c k o a d   tracking.read
LiveService/WatchFleet                - - - o a -   positions.read
IngestService/CreateOrder             - - - o a -   tracking.write
IngestService/BatchCreateOrders       - - - o a -   tracking.write
IngestService/SetTracking             - - - o a -   tracking.write
IngestService/RecordTrackingEvents    - - - - - -   tracking.write
IngestService/AssignStops             - - - o a -   tracking.write
IngestService/ReportPositions         - - k - - -   positions.write
IngestService/CompleteStop            - - k - - -   tracking.write
ReminderService/ListReminders         - c - - a d   -
ReminderService/ExplainReminder       - - - - a d   -
ReminderService/GetReminderPreferences - c - o a d  tracking.read
ReminderService/SetReminderPreferences - c - o a -  tracking.write
"""
LETTERS = {
    "g": Role.GUEST,
    "c": Role.CUSTOMER,
    "k": Role.COURIER,
    "o": Role.MERCHANT_OPERATOR,
    "a": Role.MERCHANT_ADMIN,
    "d": Role.DESK_AGENT,
}
ROWS = {row.split()[0]: (set(row.split()[1:7]) - {"-"}, row.split()[7]) for row in TABLE.strip().splitlines()}
SCOPES = ("tracking.read", "tracking.write", "positions.read", "positions.write")


def path(method: str) -> str:
    return f"/{PACKAGE}.{method}"


def allowed(method: str, caller: Caller | None) -> bool:
    try:
        permissions.check(path(method), caller)
    except PermissionDenied:
        return False
    return True


def methods_of_the_contract() -> set[str]:
    pool = descriptor_pool.Default()
    found = set()
    for module in iter_modules(contract.__path__):
        if module.name.endswith("_pb2"):
            file = pool.FindFileByName(import_module(f"{PACKAGE}.{module.name}").DESCRIPTOR.name)
            services = file.services_by_name.values()
            found |= {f"{service.name}/{method.name}" for service in services for method in service.methods}
    return found


def test_every_method_of_the_contract_has_a_row_and_no_row_is_left_over() -> None:
    methods = methods_of_the_contract()
    assert methods
    assert {path(method) for method in methods} == set(permissions.METHODS)
    assert methods == set(ROWS)


@pytest.mark.parametrize("role", LETTERS.values())
@pytest.mark.parametrize("method", ROWS)
def test_a_role_calls_what_its_column_says(method: str, role: Role) -> None:
    caller = Caller(role, "shop", "s", "c1", "k1", "o1", scopes=frozenset(SCOPES))
    assert allowed(method, caller) == (role in {LETTERS[letter] for letter in ROWS[method][0]})


@pytest.mark.parametrize("scope", [*SCOPES, "tracking", "*", ""])
@pytest.mark.parametrize("method", ROWS)
def test_an_internal_service_calls_what_its_one_scope_says(method: str, scope: str) -> None:
    caller = Caller(Role.INTERNAL_SERVICE, "shop", "s", scopes=frozenset({scope}))
    assert allowed(method, caller) == (scope == ROWS[method][1])


@pytest.mark.parametrize("method", ROWS)
def test_nobody_known_calls_nothing_of_the_contract(method: str) -> None:
    with pytest.raises(Unauthenticated):
        permissions.check(path(method), None)
    assert path(method) not in permissions.ANONYMOUS


def test_health_is_open_to_all() -> None:
    for caller in (None, Caller(Role.GUEST, "shop", "s", order_id="o1")):
        permissions.check("/grpc.health.v1.Health/Check", caller)
        permissions.check("/grpc.health.v1.Health/Watch", caller)


@given(st.text(max_size=60) | st.sampled_from(["GetOrder", "doorstep.tracking.v1.TrackingService/GetOrder", "/"]))
def test_a_method_without_a_row_is_denied_to_an_administrator(method: str) -> None:
    with pytest.raises(PermissionDenied):
        permissions.check(method, Caller(Role.MERCHANT_ADMIN, "shop", "s"))


@pytest.mark.parametrize("role", Role)
def test_a_desk_asks_for_fifty_at_most_and_everybody_else_for_five_hundred(role: Role) -> None:
    limit = 50 if role is Role.DESK_AGENT else 500
    caller = Caller(role, "shop", "s")
    permissions.check_batch(caller, "order_ids", limit)
    with pytest.raises(TooMany) as refused:
        permissions.check_batch(caller, "order_ids", limit + 1)
    assert refused.value.violations[0].field == "order_ids"
    assert str(limit) in refused.value.violations[0].description
