"""Python client of the doorstep parcel tracking service.

`Client` is where to begin; `doorstep.messages` has the words and messages, `doorstep.tracking.v1` the generated stubs.
"""

from doorstep.batches import BatchResult
from doorstep.client import Client
from doorstep.credentials import Tls
from doorstep.errors import DoorstepError, FieldViolation, InvalidRequest, NotFound, PermissionDenied, Unauthenticated
from doorstep.follow import FollowedOrder, WatchedOrder
from doorstep.line import StateChange, WatchSettings, WatchState
from doorstep.reporting import PositionReport, ReportSettings
from doorstep.retries import Backoff, RetryPolicy
from doorstep.watch import FleetWatch, ParcelWatch

__all__ = [
    "Backoff",
    "BatchResult",
    "Client",
    "DoorstepError",
    "FieldViolation",
    "FleetWatch",
    "FollowedOrder",
    "InvalidRequest",
    "NotFound",
    "ParcelWatch",
    "PermissionDenied",
    "PositionReport",
    "ReportSettings",
    "RetryPolicy",
    "StateChange",
    "Tls",
    "Unauthenticated",
    "WatchSettings",
    "WatchState",
    "WatchedOrder",
]
