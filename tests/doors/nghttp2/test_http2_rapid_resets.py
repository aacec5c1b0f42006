"""Streams that are opened to be ended: each costs the server a task, and the caller next to nothing."""

import pytest
from http2_in_process import connection_of, finish, start, turns
from raw_http2 import CANCEL, DATA, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, frame, grpc_fields, headers, reset

from doorstepd.doors.nghttp2.limits import Limits

AT_ONCE = Limits.of(public=True).resets[0]
OPEN = grpc_fields("Both")


async def wait(exchange):
    while (await exchange.receive())["type"] != "http.disconnect":
        pass


async def answer_at_once(exchange):
    await start(exchange)
    await finish(exchange)


async def pour(answer, attempt, count, limits=None):
    """Opens so many streams, each with what `attempt` puts behind it, and lets the loop run between."""
    connection, transport = connection_of(answer, limits)
    for at in range(count):
        if transport.closed:
            break
        connection.data_received(attempt(2 * at + 1))
        if at % 20 == 0:
            await turns()
    await turns()
    return connection, transport


def given_up(stream):
    return headers(stream, OPEN) + reset(stream, CANCEL)


def with_trailers_that_do_not_end(stream):
    return headers(stream, OPEN) + headers(stream, [("x", "y")])


def with_a_body_too_long(stream):
    return headers(stream, grpc_fields("Both", ("content-length", "1"))) + frame(DATA, END_STREAM, stream, b"xx")


@pytest.mark.parametrize("attempt", [given_up, with_trailers_that_do_not_end, with_a_body_too_long])
async def test_streams_that_are_ended_on_purpose_are_few_whoever_sends_the_reset(attempt):
    # CVE-2023-44487, and CVE-2025-8671 where the server is made to send the resets itself.
    connection, transport = await pour(wait, attempt, 12_000)
    assert transport.closed
    assert transport.frames()[-1].kind == GOAWAY
    assert connection.requests <= 2 * AT_ONCE


async def test_a_goodbye_for_broken_streams_says_why():
    _, transport = await pour(wait, with_trailers_that_do_not_end, 12_000)
    assert transport.frames()[-1].code == ENHANCE_YOUR_CALM


async def test_calls_that_the_server_ends_early_are_nobodys_fault():
    # What was on its way when the server's reset was sent comes for a stream that is gone.
    connection, transport = await pour(
        answer_at_once, lambda stream: headers(stream, OPEN) + frame(DATA, 0, stream, bytes(100)), 5000
    )
    for stream in range(1, 10_000, 2):
        connection.data_received(frame(DATA, 0, stream, bytes(10)) + frame(DATA, END_STREAM, stream))
    assert not transport.closed
    assert connection.exchanges == {}


async def test_a_gateway_may_give_up_many():
    connection, transport = await pour(wait, given_up, 12_000, Limits.of(public=False))
    assert not transport.closed
    assert (connection.requests, connection.exchanges) == (12_000, {})


async def test_an_answer_whose_caller_has_left_is_no_error(capsys):
    # A request with a reset behind it is begun and left in the same moment; it must not write a line to the log.
    connection, _ = await pour(answer_at_once, given_up, 10)
    connection.connection_lost(None)
    await turns()
    assert "failed" not in "".join(capsys.readouterr())
