"""What each role may call, and whose things it may touch. A method without a row is denied.

A role's row says only that it may ask; which orders and parcels it then sees is decided one by one by the `may_*`
rules below, and what it may not see is NOT_FOUND, so that nobody learns what exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from doorstepd.access.callers import Caller, Role
from doorstepd.errors import PermissionDenied, TooMany, Unauthenticated, Violation

TRACKING_READ: Final = "tracking.read"
TRACKING_WRITE: Final = "tracking.write"
POSITIONS_READ: Final = "positions.read"
POSITIONS_WRITE: Final = "positions.write"
SCOPES: Final = frozenset({TRACKING_READ, TRACKING_WRITE, POSITIONS_READ, POSITIONS_WRITE})

BATCH_LIMIT: Final = 500
DESK_BATCH_LIMIT: Final = 50
"""A desk answers one customer at a time; a larger batch is somebody copying the shop's customers."""

ANONYMOUS: Final = frozenset(
    {
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/List",
        "/grpc.health.v1.Health/Watch",
        # Offered only where the listener registers it, which a public one does not.
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a method. An internal service may when its token holds `scope`; None: it may not."""

    roles: frozenset[Role]
    scope: str | None = None

    def allows(self, caller: Caller) -> bool:
        """Whether this caller may call the method at all."""
        if caller.role is Role.INTERNAL_SERVICE:
            return self.scope is not None and self.scope in caller.scopes
        return caller.role in self.roles


def _rule(*roles: Role, scope: str | None = None) -> Rule:
    return Rule(frozenset(roles), scope)


_STAFF: Final = (Role.MERCHANT_OPERATOR, Role.MERCHANT_ADMIN)
_DESK_TOO: Final = (*_STAFF, Role.DESK_AGENT)

_SERVICES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "TrackingService": {
        "GetOrder": _rule(Role.GUEST, Role.CUSTOMER, *_DESK_TOO, scope=TRACKING_READ),
        "ListOrders": _rule(Role.CUSTOMER, *_DESK_TOO, scope=TRACKING_READ),
        "BatchGetOrders": _rule(Role.CUSTOMER, *_DESK_TOO, scope=TRACKING_READ),
        "GetParcel": _rule(Role.GUEST, Role.CUSTOMER, Role.COURIER, *_DESK_TOO, scope=TRACKING_READ),
        "BatchGetParcels": _rule(Role.CUSTOMER, Role.COURIER, *_DESK_TOO, scope=TRACKING_READ),
        # Searches the whole shop, so not for those who see only their own.
        "SearchParcels": _rule(*_DESK_TOO, scope=TRACKING_READ),
    },
    "LiveService": {
        "WatchOrder": _rule(Role.GUEST, Role.CUSTOMER, *_DESK_TOO, scope=TRACKING_READ),
        "WatchParcels": _rule(Role.GUEST, Role.CUSTOMER, Role.COURIER, *_DESK_TOO, scope=TRACKING_READ),
        # Every courier of the shop, delivering to anybody or not: more than a desk needs to answer one customer.
        "WatchFleet": _rule(*_STAFF, scope=POSITIONS_READ),
    },
    "IngestService": {
        "CreateOrder": _rule(*_STAFF, scope=TRACKING_WRITE),
        "BatchCreateOrders": _rule(*_STAFF, scope=TRACKING_WRITE),
        "SetTracking": _rule(*_STAFF, scope=TRACKING_WRITE),
        "RecordTrackingEvents": _rule(scope=TRACKING_WRITE),
        "AssignStops": _rule(*_STAFF, scope=TRACKING_WRITE),
        "ReportPositions": _rule(Role.COURIER, scope=POSITIONS_WRITE),
        "CompleteStop": _rule(Role.COURIER, scope=TRACKING_WRITE),
    },
    "ReminderService": {
        "ListReminders": _rule(Role.CUSTOMER, Role.DESK_AGENT, Role.MERCHANT_ADMIN),
        "ExplainReminder": _rule(Role.DESK_AGENT, Role.MERCHANT_ADMIN),
        "GetReminderPreferences": _rule(Role.CUSTOMER, *_DESK_TOO, scope=TRACKING_READ),
        "SetReminderPreferences": _rule(Role.CUSTOMER, *_STAFF, scope=TRACKING_WRITE),
    },
}

METHODS: Final[Mapping[str, Rule]] = {
    f"/doorstep.tracking.v1.{service}/{method}": rule
    for service, methods in _SERVICES.items()
    for method, rule in methods.items()
}


def check(method: str, caller: Caller | None) -> None:
    """Refuses a call that the table does not allow. `method` is gRPC's full path, "/package.Service/Method".

    Raises Unauthenticated when nobody is known to call, PermissionDenied for a role, scope or method without a row.
    """
    if method in ANONYMOUS:
        return
    if caller is None:
        raise Unauthenticated
    rule = METHODS.get(method)
    if rule is None or not rule.allows(caller):
        raise PermissionDenied


def batch_limit(caller: Caller) -> int:
    """How many things the caller may ask for in one batch."""
    return DESK_BATCH_LIMIT if caller.role is Role.DESK_AGENT else BATCH_LIMIT


def check_batch(caller: Caller, field: str, count: int) -> None:
    """Refuses a batch larger than the caller may ask for, naming the request's `field`. Raises TooMany."""
    limit = batch_limit(caller)
    if count > limit:
        raise TooMany(Violation(field, f"{count} given, at most {limit}"))


def may_see_order(caller: Caller, merchant_id: str, customer_id: str | None, order_id: str) -> bool:
    """Whether an order of that merchant and customer exists as far as the caller is concerned."""
    if caller.merchant_id != merchant_id:
        return False
    match caller.role:
        case Role.GUEST:
            return bool(caller.order_id) and caller.order_id == order_id
        case Role.CUSTOMER:
            return bool(caller.customer_id) and caller.customer_id == customer_id
        case Role.MERCHANT_OPERATOR | Role.MERCHANT_ADMIN | Role.DESK_AGENT:
            return True
        case Role.INTERNAL_SERVICE:
            return not caller.scopes.isdisjoint({TRACKING_READ, TRACKING_WRITE})
    return False


def may_see_parcel(
    caller: Caller,
    merchant_id: str,
    customer_id: str | None,
    order_id: str,
    courier_id: str | None,
    closed: bool = False,
) -> bool:
    """As `may_see_order`; a courier sees parcels by `may_courier_see`, `courier_id` being who has the stop."""
    if caller.role is not Role.COURIER:
        return may_see_order(caller, merchant_id, customer_id, order_id)
    own = bool(caller.courier_id) and may_courier_see(caller.courier_id or "", courier_id, closed=closed)
    return caller.merchant_id == merchant_id and own


def may_courier_see(courier_id: str, assigned_to: str | None, *, closed: bool) -> bool:
    """A courier sees a parcel while it is assigned to him, until its journey is over (`closed`)."""
    return courier_id == assigned_to and not closed


def may_report_for(caller: Caller, courier_id: str | None) -> bool:
    """Whether the caller may report positions of this courier, who is one of the caller's own merchant."""
    if caller.role is Role.INTERNAL_SERVICE:
        return POSITIONS_WRITE in caller.scopes
    return _is_courier(caller, courier_id)


def may_complete_for(caller: Caller, courier_id: str | None) -> bool:
    """Whether the caller may end a stop of this courier, who is one of the caller's own merchant."""
    if caller.role is Role.INTERNAL_SERVICE:
        return TRACKING_WRITE in caller.scopes
    return _is_courier(caller, courier_id)


def may_act_for(caller: Caller, customer_id: str) -> bool:
    """Whether what this customer of the caller's own merchant chose is the caller's business.

    Whether his role may read it or set it is for the table to say.
    """
    if caller.role is Role.CUSTOMER:
        return bool(caller.customer_id) and caller.customer_id == customer_id
    return caller.role not in (Role.GUEST, Role.COURIER)


def may_see_positions(caller: Caller) -> bool:
    """Whether the caller may ever see where a courier is; when, and how exactly, is for the parcel's state to say."""
    return caller.role is not Role.INTERNAL_SERVICE or POSITIONS_READ in caller.scopes


def _is_courier(caller: Caller, courier_id: str | None) -> bool:
    return caller.role is Role.COURIER and bool(caller.courier_id) and caller.courier_id == courier_id
