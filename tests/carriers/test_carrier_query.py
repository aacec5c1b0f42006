"""Asking over HTTP: whatever comes back, or does not, becomes a result."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from doorstepd.carriers import query
from doorstepd.carriers.carrier import ErrorKind, Wanted
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.query import Answer, Inquirer

NOW = datetime(2026, 11, 12, 2, tzinfo=UTC)
GOOD = b'{"LogisticCode":"1","ShipperCode":"SF","Success":true,"State":"0","Traces":[]}'


def reply(status: int, headers: dict[str, str] | None = None, content: bytes = b"") -> httpx2.Response:
    """A response that arrives in pieces, as from a socket."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65_536):
            yield content[start : start + 65_536]

    return httpx2.Response(status, headers=headers, content=pieces())


async def ask(handler: Callable[[httpx2.Request], httpx2.Response], provider: str = "kdniao") -> Answer:
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(handler)) as http:
        return await Inquirer(http).query(provider, [Wanted("1", "sf")], TEST_CREDENTIALS[provider], NOW)


def kind(answer: Answer) -> ErrorKind | None:
    (result,) = answer.results
    return result.error.kind if result.error else None


async def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(GOOD)
    answer = await ask(lambda _: reply(200, headers={"content-encoding": "gzip"}, content=packed))
    assert answer.results[0].status == "pending"


async def test_a_packed_bomb_is_dropped_within_little_memory() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    tracemalloc.start()
    answer = await ask(lambda _: reply(200, headers={"content-encoding": "gzip"}, content=bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kind(answer) is ErrorKind.UNAVAILABLE
    assert peak < 20 * 1024 * 1024


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({}, b"x" * 10_000_000),
        ({"content-encoding": "gzip"}, b"this is not gzip"),
        ({"content-encoding": "br"}, GOOD[::-1]),
        ({}, b""),
    ],
)
async def test_an_answer_that_cannot_be_read_is_unavailable(headers: dict[str, str], content: bytes) -> None:
    assert kind(await ask(lambda _: reply(200, headers=headers, content=content))) is ErrorKind.UNAVAILABLE


async def test_an_answer_that_trickles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "LONGEST_CALL", 0.05)

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    assert kind(await ask(lambda _: httpx2.Response(200, content=drops()))) is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, ErrorKind.AUTH_FAILED),
        (403, ErrorKind.AUTH_FAILED),
        (404, ErrorKind.BAD_REQUEST),
        (429, ErrorKind.RATE_LIMITED),
        (500, ErrorKind.UNAVAILABLE),
        (503, ErrorKind.UNAVAILABLE),
    ],
)
async def test_where_the_body_is_silent_the_status_speaks(status: int, expected: ErrorKind) -> None:
    assert kind(await ask(lambda _: reply(status, content=b"<html>"))) is expected


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("-5", 0.0),
        ("99999999", 86_400.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("soon", None),
        ("", None),
    ],
)
async def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    answer = await ask(lambda _: reply(429, headers={"retry-after": header}))
    assert answer.retry_after == seconds


async def test_an_expired_fedex_token_is_renewed_once_and_only_once() -> None:
    seen: list[str] = []

    def fedex(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.url.path)
        if request.url.path == "/oauth/token":
            return reply(200, content=b'{"access_token": "token"}')
        return reply(401, content=b'{"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}')

    assert kind(await ask(fedex, "fedex")) is ErrorKind.AUTH_FAILED
    assert seen == ["/oauth/token", "/track/v1/trackingnumbers"] * 2


async def test_an_address_that_is_none_is_unavailable_and_not_a_crash() -> None:
    async with httpx2.AsyncClient() as http:
        inquirer = Inquirer(http, {"kdniao": "no-url"})
        answer = await inquirer.query("kdniao", [Wanted("1", "sf")], TEST_CREDENTIALS["kdniao"], NOW)
    assert kind(answer) is ErrorKind.UNAVAILABLE
