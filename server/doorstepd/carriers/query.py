"""Asking the providers: signed requests sent within their limits, and never a failure but as a typed result."""

import asyncio
import json
import math
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import httpx2

from doorstepd.carriers import carrier
from doorstepd.carriers.carrier import Credentials, ErrorKind, HttpRequest, TrackResult, Wanted
from doorstepd.carriers.fields import child, text, whole
from doorstepd.carriers.limits import MAX_BYTES, load_json
from doorstepd.carriers.pace import Pace, limits
from doorstepd.carriers.results import refused
from doorstepd.errors import InvalidRequest

TIMEOUT = httpx2.Timeout(10.0, connect=3.0)
# However a provider trickles its answer, nobody waits longer.
LONGEST_CALL = 15.0
LONGEST_WAIT = 30.0
_BY_STATUS = {401: ErrorKind.AUTH_FAILED, 403: ErrorKind.AUTH_FAILED, 429: ErrorKind.RATE_LIMITED}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call; `retry_after` in seconds when the provider, or its limits, want us to wait."""

    results: tuple[TrackResult, ...]
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    body: bytes
    retry_after: float | None


@dataclass(slots=True)
class Inquirer:
    """Sends signed requests over one shared client. `base_urls` replaces a provider's address, as a test double's."""

    http: httpx2.AsyncClient
    base_urls: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _tokens: dict[str, str] = field(default_factory=dict)

    async def query(self, provider: str, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> Answer:
        """Ask about up to `limits(provider).parcels_per_call` parcels; every trouble is an error in the results."""
        if provider == "fedex":
            return await self._with_token(wanted, credentials, now)
        return await self._ask(provider, carrier(provider).query_request(wanted, credentials, now), credentials, now)

    async def subscribe(
        self, provider: str, wanted: Sequence[Wanted], credentials: Credentials, now: datetime
    ) -> Answer | None:
        """Ask to be told of changes; None where the provider offers no such thing."""
        request = carrier(provider).subscribe_request(wanted, credentials, now)
        return await self._ask(provider, request, credentials, now) if request else None

    async def confirm(self, provider: str, url: str, secret: str, now: datetime) -> bool:
        """Posts the secret of a handshake back; True once the provider took it.

        Only below the provider's own address: the URL came in a push, and nobody may aim our server elsewhere.
        """
        base = self.base_urls.get(provider) or limits(provider).base_url
        if not url.startswith(f"{base}/") or not secret:
            return False
        body = json.dumps({"secret": secret}).encode()
        request = HttpRequest("POST", url.removeprefix(base), {"Content-Type": "application/json"}, body)
        response = await self._send(provider, request, now)
        return response is not None and response.status < 300

    async def _ask(self, provider: str, request: HttpRequest, credentials: Credentials, now: datetime) -> Answer:
        account = _account(credentials)
        wait = self.pace.wait(provider, account, self.clock())
        if wait > LONGEST_WAIT:
            return Answer((refused(ErrorKind.RATE_LIMITED),), wait)
        if not self.pace.spend(provider, account, now.astimezone(UTC).toordinal()):
            return Answer((refused(ErrorKind.QUOTA_EXHAUSTED),), _rest_of_day(now))
        await self.sleep(self.pace.reserve(provider, account, self.clock()))
        response = await self._send(provider, request, now)
        if response is None:
            return Answer((refused(ErrorKind.UNAVAILABLE),))
        if response.retry_after:
            self.pace.hold(provider, account, self.clock() + response.retry_after)
        return Answer(_understood(provider, response), response.retry_after)

    async def _send(self, provider: str, request: HttpRequest, now: datetime) -> _Response | None:
        """None when there was no answer in time."""
        base = self.base_urls.get(provider) or limits(provider).base_url
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", **request.headers}
        try:
            async with (
                asyncio.timeout(LONGEST_CALL),
                self.http.stream(
                    request.method, base + request.path, headers=headers, content=request.body, timeout=TIMEOUT
                ) as response,
            ):
                body = await _bounded(response)
                return _Response(response.status_code, body, _retry_after(response.headers.get("retry-after"), now))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError, zlib.error):
            return None

    async def _with_token(self, wanted: Sequence[Wanted], credentials: Credentials, now: datetime) -> Answer:
        """FedEx: a token that has expired is renewed, once."""
        answer = Answer((refused(ErrorKind.AUTH_FAILED),))
        for renew in (False, True):
            token = await self._token(credentials, now, renew)
            if token is None:
                return Answer((refused(ErrorKind.AUTH_FAILED, retryable=True),))
            signed = {**credentials, "access_token": token}
            answer = await self._ask("fedex", carrier("fedex").query_request(wanted, signed, now), credentials, now)
            if not any(result.error and result.error.kind is ErrorKind.AUTH_FAILED for result in answer.results):
                break
        return answer

    async def _token(self, credentials: Credentials, now: datetime, renew: bool) -> str | None:
        account = _account(credentials)
        if renew or account not in self._tokens:
            form = {
                "grant_type": "client_credentials",
                "client_id": credentials.get("client_id", ""),
                "client_secret": credentials.get("client_secret", ""),
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            request = HttpRequest("POST", "/oauth/token", headers, urlencode(form).encode())
            token = _access_token(await self._send("fedex", request, now))
            if token is None:
                return None
            self._tokens[account] = token
        return self._tokens[account]


def _account(credentials: Credentials) -> str:
    """Tells accounts apart, as limits are theirs, without keeping a key."""
    return str(hash(tuple(sorted(credentials.items()))))


def _understood(provider: str, response: _Response) -> tuple[TrackResult, ...]:
    """The body's own words if it has any, else what the HTTP status says."""
    results = carrier(provider).parse_reply(response.body)
    told = any(result.status or (result.error and result.error.kind is not ErrorKind.UNAVAILABLE) for result in results)
    if response.status < 400 or told:
        return results
    kind = _BY_STATUS.get(response.status)
    if kind is None:
        kind = ErrorKind.UNAVAILABLE if response.status >= 500 else ErrorKind.BAD_REQUEST
    return (refused(kind),)


def _access_token(response: _Response | None) -> str | None:
    if response is None or response.status >= 400:
        return None
    try:
        return text(child(load_json(response.body)).get("access_token")) or None
    except InvalidRequest:
        return None


async def _bounded(response: httpx2.Response) -> bytes:
    """At most one megabyte of the body, unpacked by ourselves so that a small answer cannot swell without end."""
    packed = response.headers.get("content-encoding", "identity").lower()
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed in ("gzip", "deflate") else None
    body = bytearray()
    async for part in response.aiter_raw():
        body += unpack.decompress(part, MAX_BYTES + 1 - len(body)) if unpack else part
        if len(body) > MAX_BYTES:
            return b""
    return bytes(body)


def _retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds, from a number of them or from a date."""
    if not header:
        return None
    if (seconds := whole(header)) is not None:
        return float(min(max(seconds, 0), 86_400))
    try:
        away = (parsedate_to_datetime(header) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(away, 0.0), 86_400.0) if math.isfinite(away) else None


def _rest_of_day(now: datetime) -> float:
    """Seconds until quotas start anew, at midnight UTC."""
    utc = now.astimezone(UTC)
    return 86_400.0 - (utc - utc.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
