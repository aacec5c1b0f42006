"""DHL asks us to prove that we wanted its pushes: the secret goes back to DHL, and to nobody else."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx2
import pytest

from doorstepd.carriers.carrier import Push
from doorstepd.carriers.dhl import handshake
from doorstepd.carriers.query import Inquirer

NOW = datetime(2026, 11, 12, 2, tzinfo=UTC)
OURS = "https://api-eu.dhl.com/tracking/push/v1/subscription/1"


def asked(url: str, secret: str = "activation-secret-0001") -> tuple[str, str]:
    body = {"scope": "subscription.validate", "self": url, "secret": secret}
    found = handshake(Push(json.dumps(body).encode()))
    assert found is not None
    return found


async def nothing() -> AsyncIterator[bytes]:
    yield b""


async def confirmed(url: str, secret: str, status: int = 200) -> tuple[bool, list[httpx2.Request]]:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(status, content=nothing())

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        return await Inquirer(http).confirm("dhl", url, secret, NOW), seen


async def test_the_secret_goes_back_to_the_address_that_dhl_names() -> None:
    done, seen = await confirmed(*asked(OURS))
    assert done
    assert str(seen[0].url) == OURS
    assert json.loads(seen[0].content) == {"secret": "activation-secret-0001"}


@pytest.mark.parametrize(
    "url",
    [
        "https://api-eu.dhl.com.evil.example/x",
        "https://evil.example/x",
        "http://127.0.0.1:6379/",
        "http://api-eu.dhl.com/x",
        "https://api-eu.dhl.com@evil.example/x",
        "",
    ],
)
async def test_the_secret_goes_nowhere_else(url: str) -> None:
    done, seen = await confirmed(url, "s")
    assert not done
    assert seen == []


async def test_a_refusal_is_not_taken_for_a_confirmation() -> None:
    done, _ = await confirmed(OURS, "s", status=403)
    assert not done


def test_a_shipment_is_no_handshake() -> None:
    assert handshake(Push(b'{"scope":"subscription.push","shipments":[]}')) is None
