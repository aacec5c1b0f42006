"""Bodies that would keep the webhook busy are refused or cut, and the service goes on."""

import asyncio
import gzip
import time
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest
from house import SHOP

DEEP = "[" * 10_000 + "]" * 10_000
BODIES = {
    "ten megabytes": ("kdniao", b"RequestData=" + b"x" * 10_000_000, {}),
    "a packed bomb": ("aftership", gzip.compress(b" " * 100_000_000), {"content-encoding": "gzip"}),
    "deeply nested JSON": ("sf", DEEP.encode(), {"content-type": "application/json"}),
    "deeply nested JSON in a form": ("kdniao", urlencode({"RequestData": DEEP, "DataSign": "x"}).encode(), {}),
    "GBK": (
        "sf",
        '{"Body": {"WaybillRoute": [{"remark": "快件"}]}}'.encode("gbk"),
        {"content-type": "application/json"},
    ),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_hostile_body_is_refused_or_cut_off_and_the_service_goes_on(house, name):
    provider, body, headers = BODIES[name]
    url = f"{house.daemon.http_url}/webhooks/{provider}/{house.webhook_secrets[SHOP]}"
    async with asyncio.timeout(30), httpx2.AsyncClient(timeout=30) as http:
        try:
            assert 400 <= (await http.post(url, content=body, headers=headers)).status_code < 500
        except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
            assert len(body) > 1_000_000, "only what is too large may be cut off without an answer"
    async with httpx2.AsyncClient(timeout=30) as http:
        assert (await http.get(f"{house.daemon.http_url}/healthz")).status_code == 200


async def test_a_body_of_one_byte_a_second_is_cut_off(house):
    address = urlsplit(house.daemon.http_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    path = f"/webhooks/kdniao/{house.webhook_secrets[SHOP]}"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 600\r\n\r\n".encode())
    answer = asyncio.create_task(reader.read(4096))
    ends = time.monotonic() + 25
    while not answer.done() and time.monotonic() < ends:
        writer.write(b"x")
        await asyncio.wait([answer], timeout=1)
    writer.close()
    assert answer.done(), "nobody cut the body off"
    assert answer.result().startswith((b"HTTP/1.1 408", b"HTTP/1.1 400")) or answer.result() == b""
