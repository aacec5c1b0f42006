"""The port that every carrier and aggregator fills: bytes in, results out, requests built but never sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from doorstepd.parcels.events import TrackingEvent
from doorstepd.parcels.fold import Shipment
from doorstepd.parcels.vocabulary import Status, SubStatus

Credentials = Mapping[str, str]
"""A merchant's keys at one provider, under the names that the provider uses, such as `ApiKey`."""


class ErrorKind(StrEnum):
    """Why a provider gave no answer."""

    AUTH_FAILED = "auth_failed"
    BAD_SIGNATURE = "bad_signature"
    BAD_REQUEST = "bad_request"
    PHONE_REQUIRED = "phone_required"
    QUOTA_EXHAUSTED = "quota_exhausted"
    RATE_LIMITED = "rate_limited"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class CarrierError:
    """A refusal of the provider, and whether the same request may succeed later."""

    kind: ErrorKind
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """A webhook call as received; header names in lower case."""

    body: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_form(self) -> bool:
        """Whether the body is a urlencoded form."""
        return self.content_type.lower().startswith("application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Reply:
    """What we answer to a push."""

    body: str = ""
    content_type: str = "application/json; charset=utf-8"
    status: int = 200


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A signed request, ready to be sent below the provider's base URL."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parcel to ask about. `carrier` is our name of it; some carriers want the last 4 digits of a phone as well."""

    tracking_number: str
    carrier: str = ""
    phone_tail: str = ""
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class TrackResult:
    """What one payload says about one parcel.

    `status` None means that it says nothing of the state: a refusal (see `error`) or a protocol message (see `note`).
    `events` are oldest first and each once; `shipment` is the source's word on the whole, kept apart so that a store
    can fold it again with what it already has. `undated` counts rows dropped because they had no readable time,
    and `unknown_codes` are the carrier's codes that no table of ours has.
    """

    tracking_number: str | None = None
    carrier: str | None = None
    status: Status | None = None
    sub_status: SubStatus | None = None
    attention: bool = False
    terminal: bool = False
    events: tuple[TrackingEvent, ...] = ()
    courier_name: str | None = None
    courier_phone: str | None = None
    eta: datetime | date | None = None
    error: CarrierError | None = None
    duplicates_dropped: int = 0
    undated: int = 0
    unknown_codes: tuple[str, ...] = ()
    shipment: Shipment | None = None
    note: str | None = None


class Carrier(Protocol):
    """One provider's protocol. `parse_push` and `parse_reply` are pure; both raise nothing but `InvalidRequest`."""

    @property
    def name(self) -> str:
        """Our name of the provider, as in `/webhooks/{provider}/`."""

    def authentic(self, push: Push, credentials: Credentials) -> bool:
        """Whether the provider signed this push; constant time, and before any parsing of the content."""

    def parse_push(self, push: Push) -> tuple[TrackResult, ...]:
        """Read a push; `InvalidRequest` when it cannot be read."""

    def parse_reply(self, body: bytes) -> tuple[TrackResult, ...]:
        """Read any document of the provider; what is not one is an `unavailable` result, as pages of errors are."""

    def acknowledge(self, push: Push, accepted: bool, now: datetime) -> Reply:
        """The answer that the provider expects, so that it stops (accepted) or tries again."""

    def query_request(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> HttpRequest:
        """A signed question about parcels; `limits` of the provider say how many at a time."""

    def subscribe_request(
        self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> HttpRequest | None:
        """A signed request to be told of changes; None where the provider only answers questions."""
