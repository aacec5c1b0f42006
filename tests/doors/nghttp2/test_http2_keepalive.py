"""Connections whose other end is gone, says nothing, or has no use."""

import asyncio
import time

import pytest
from http2_in_process import front_of
from raw_http2 import GOAWAY, call, introduced
from tcp_proxy import tcp_proxy

from doorstepd.doors.nghttp2 import keepalive
from doorstepd.doors.nghttp2.keepalive import keep_alive, look_after
from doorstepd.doors.nghttp2.limits import Limits

LIMITS = Limits()


class Looked:
    """As much of a connection as is looked at."""

    def __init__(self, *, heard=0.0, begun=0.0, pinged=None, paused=None, requests=1, exchanges=0):
        self.heard_at, self.begun_at, self.pinged_at, self.paused_at = heard, begun, pinged, paused
        self.requests = requests
        self.exchanges = dict.fromkeys(range(exchanges))
        self.done = []

    def ping(self):
        self.done.append("ping")

    def close(self):
        self.done.append("close")

    def abort(self):
        self.done.append("abort")


@pytest.mark.parametrize(
    ("looked", "now", "done"),
    [
        (Looked(), 19, []),
        (Looked(), 21, ["ping"]),
        (Looked(exchanges=1), 21, ["ping"]),
        (Looked(pinged=21), 30, []),
        (Looked(pinged=21), 32, ["abort"]),
        (Looked(pinged=21, heard=22), 40, []),
        (Looked(requests=0), 9, []),
        (Looked(requests=0), 11, ["close"]),
        (Looked(requests=0, heard=11), 11, ["close"]),
        (Looked(paused=0, heard=59, exchanges=1), 59, []),
        (Looked(paused=0, heard=61, exchanges=1), 61, ["abort"]),
        (Looked(), 3601, ["close"]),
        (Looked(exchanges=1), 3601, ["ping"]),
    ],
)
def test_a_connection_is_looked_after(looked, now, done):
    look_after(looked, LIMITS, now)
    assert looked.done == done


def test_whatever_comes_after_a_ping_is_an_answer():
    looked = Looked(pinged=21, heard=22)
    look_after(looked, LIMITS, 40)
    assert looked.pinged_at is None


@pytest.fixture
def quick(monkeypatch):
    """Looks often."""
    monkeypatch.setattr(keepalive, "_EVERY_S", 0.05)


async def until_empty(connections):
    for _ in range(150):
        if not connections:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_a_black_hole_is_noticed_and_its_calls_end(quick):
    left = asyncio.Event()

    async def wait_for_the_end(exchange):
        while (await exchange.receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with front_of(wait_for_the_end, silence=0.2, ping=0.2) as front, tcp_proxy(front.port) as proxy:
        watching = asyncio.create_task(keep_alive(front.connections, front.limits))
        async with introduced(proxy.port) as wire:
            await wire.send(call(1))
            assert await wire.ping()
            assert len(front.connections) == 1
            proxy.mode = "blackhole"
            assert await until_empty(front.connections)
            await asyncio.wait_for(left.wait(), 3)
        watching.cancel()


async def test_a_silent_caller_that_answers_pings_is_kept(quick):
    async with front_of(silence=0.1, ping=0.5) as front:
        watching = asyncio.create_task(keep_alive(front.connections, front.limits))
        async with introduced(front.port) as wire:
            await wire.send(call(1))
            await wire.heard(1)
            for _ in range(5):
                asked = await wire.until(6, flags=0)
                await wire.send(b"\0\0\x08\6\1\0\0\0\0" + asked.payload)
            assert len(front.connections) == 1
        watching.cancel()


async def test_a_caller_without_a_request_is_sent_away(quick):
    async with front_of(first_request=0.2) as front:
        watching = asyncio.create_task(keep_alive(front.connections, front.limits))
        async with introduced(front.port) as wire:
            assert (await wire.until(GOAWAY)).code == 0
            assert await wire.next() is None
            assert await until_empty(front.connections)
        watching.cancel()


async def test_a_caller_without_a_request_is_sent_away_though_it_does_not_read(quick):
    # Closing waits until what was written has gone, which is never where the other end does not read.
    limits = {"first_request": 0.2, "ping": 0.2, "silence": 0.2}
    async with front_of(**limits) as front, introduced(front.port, receive_buffer=4096) as wire:
        connection = next(iter(front.connections))
        wire.reader._transport.pause_reading()
        connection._transport.write(bytes(4_000_000))  # what a flood leaves behind when it is not read
        watching = asyncio.create_task(keep_alive(front.connections, front.limits))
        assert await until_empty(front.connections)
        watching.cancel()


async def test_this_process_standing_still_is_nobodys_fault(quick):
    looked = Looked(pinged=asyncio.get_running_loop().time() - 100, heard=0)
    watching = asyncio.create_task(keep_alive([looked], LIMITS))
    await asyncio.sleep(0)
    time.sleep(0.2)
    await asyncio.sleep(0.02)
    watching.cancel()
    assert "abort" not in looked.done
