"""Calls that end before their requests do, on either side's initiative; the connection's window is for all of them."""

import asyncio

import pytest
from raw_http2 import (
    BIGGEST_WINDOW,
    CANCEL,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    NO_ERROR,
    RST_STREAM,
    Frame,
    answers_in,
    block,
    call,
    frame,
    grpc_fields,
    headers,
    introduced,
    message,
    reset,
    window_update,
)

TOO_LARGE = b"\0\xff\xff\xff\xff"  # the head of a message that no limit allows: answered at once
AT_ONCE = 10
WINDOW = 2**20


def call_in_the_middle(stream, head=TOO_LARGE, name="Up"):
    """The beginning of a call: its headers, some bytes, and a body that nobody reads; 48 kB of it."""
    body = (frame(DATA, 0, stream, bytes(16_000)) for _ in range(3))
    return b"".join((headers(stream, grpc_fields(name)), frame(DATA, 0, stream, head), *body))


async def test_a_call_that_ends_early_gets_its_status_and_then_a_friendly_reset(wire):
    await wire.send(headers(1, grpc_fields("Up")), frame(DATA, 0, 1, TOO_LARGE))
    came = await wire.until(HEADERS, 1)
    fields = came.fields
    assert fields["grpc-status"] == "8"
    assert came.flags & END_STREAM
    assert await wire.until(RST_STREAM, 1) == Frame(RST_STREAM, 0, 1, NO_ERROR.to_bytes(4, "big"))


async def test_a_call_that_ends_early_after_messages_gets_them_and_the_status_first(wire):
    body = message(text="one") + TOO_LARGE
    await wire.send(headers(1, grpc_fields("Both")), frame(DATA, 0, 1, body))
    heard = await wire.heard(1)
    assert answers_in(heard.body)[0].text == "one"
    assert heard.status == "8"
    assert (await wire.until(RST_STREAM, 1)).code == NO_ERROR


async def test_a_call_that_ends_early_while_the_caller_reads_nothing_gets_its_status(server):
    async with introduced(server.opening.port, (4, BIGGEST_WINDOW), receive_buffer=4096) as wire:
        flood = call(1, "Down", act="flood", payload=bytes(50_000), key="not read")
        await wire.send(window_update(0, BIGGEST_WINDOW - 65_535), flood)
        await asyncio.sleep(0.3)  # until the socket is full: only what is read makes room
        await wire.send(headers(3, grpc_fields("Up")), frame(DATA, 0, 3, TOO_LARGE))
        await asyncio.sleep(0.1)
        await wire.send(reset(1))
        heard = await wire.heard(3)
        assert (heard.status, heard.resets) == ("8", [])


async def test_what_still_comes_for_a_call_that_has_ended_is_ignored(wire):
    await wire.send(headers(1, grpc_fields("Up")), frame(DATA, 0, 1, TOO_LARGE))
    assert (await wire.until(RST_STREAM, 1)).code == NO_ERROR
    await wire.send(frame(DATA, 0, 1, bytes(1000)), frame(DATA, END_STREAM, 1, bytes(1000)))
    await wire.send(call(3, text="still here"))
    assert answers_in((await wire.heard(3)).body)[0].text == "still here"


async def assert_the_window_is_open(wire):
    """At least as far as a server that gives back in large pieces leaves it."""
    assert await wire.ping()
    assert wire.window > WINDOW / 2 - 2 * 65_535
    assert await wire.ping()


async def test_a_thousand_calls_that_end_early_leave_the_window_as_it_was(wire):
    # 48 MB that nobody reads, over a window of 1 MB.
    for first in range(1, 2001, 2 * AT_ONCE):
        streams = range(first, first + 2 * AT_ONCE, 2)
        await wire.send(*(call_in_the_middle(stream) for stream in streams))
        heard = await wire.heard_of(*streams)
        assert {one.status for one in heard.values()} == {"8"}
    await assert_the_window_is_open(wire)


async def cancel_many(wire, name, ask, rounds):
    for first in range(1, 2 * AT_ONCE * rounds, 2 * AT_ONCE):
        streams = range(first, first + 2 * AT_ONCE, 2)
        for stream in streams:
            await wire.send(call_in_the_middle(stream, ask, name), reset(stream, CANCEL))
        assert await wire.ping()


@pytest.mark.parametrize(
    ("name", "ask"),
    [("Both", message(act="sleep", seconds=60, key="early")), ("Up", b"\0\0\x3f\xff\xff"), ("Unary", TOO_LARGE)],
    ids=["while the handler sleeps", "while it reads", "while it is refused"],
)
async def test_calls_that_are_given_up_with_a_body_unread_leave_the_window_as_it_was(wire, name, ask):
    # Fewer than the limit on resets, and eight times the window.
    await cancel_many(wire, name, ask, 20)
    await assert_the_window_is_open(wire)


async def test_padding_counts_and_is_given_back(wire):
    padded = frame(DATA, 0x8, 1, bytes([255]) + message(text="x") + bytes(255))
    await wire.send(headers(1, grpc_fields("Both")))
    for _ in range(1000):
        await wire.send(padded)
        assert (await wire.until(DATA, 1)) is not None
        await wire.send(window_update(0, 1000), window_update(1, 1000))
    assert await wire.ping()


async def test_bodies_of_unknown_methods_are_given_back(wire):
    for stream in range(1, 101, 2):
        await wire.send(call_in_the_middle(stream, message(), "Nowhere"))
        assert (await wire.heard(stream)).status == "12"
    await assert_the_window_is_open(wire)


def with_large_headers(stream, size):
    """The beginning of a request with so many bytes of headers, and 48 kB of body."""
    pieces = [block(("x-large", "v" * 8000))] * (size // 8000)
    more = [frame(CONTINUATION, 0, stream, piece) for piece in pieces[1:]]
    body = [frame(DATA, 0, stream, bytes(16_000)) for _ in range(3)]
    first = frame(HEADERS, 0, stream, block(*grpc_fields("Unary")) + pieces[0])
    return b"".join((first, *more, frame(CONTINUATION, END_HEADERS, stream), *body))


async def test_bodies_of_requests_whose_headers_were_too_large_are_given_back(wire):
    for stream in range(1, 101, 2):
        await wire.send(with_large_headers(stream, 40_000))
        heard = await wire.heard(stream)
        assert heard.resets or heard.head[":status"] == "431"
    await assert_the_window_is_open(wire)
