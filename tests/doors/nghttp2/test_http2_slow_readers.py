"""Callers that read slowly or never: what is held for them is bounded, in order, and in nobody's way."""

import asyncio
import uuid

import pytest
from http2_in_process import connection_of, finish, start, turns
from raw_http2 import (
    BIGGEST_WINDOW,
    CANCEL,
    DATA,
    END_STREAM,
    HEADERS,
    PING,
    RST_STREAM,
    answers_in,
    block,
    call,
    fields_of,
    frame,
    grpc_fields,
    headers,
    introduced,
    message,
    reset,
    settings,
    window_update,
)

INITIAL_WINDOW = 4
WHOLE = 5


class Holding:
    """Keeps the exchanges that began, and answers nothing by itself."""

    def __init__(self):
        self.exchanges = []

    async def __call__(self, exchange):
        self.exchanges.append(exchange)
        while (await exchange.receive())["type"] != "http.disconnect":
            pass


async def begun(*streams, window):
    """A connection on which each of these streams has a window of this size and an answer that began."""
    answer = Holding()
    connection, transport = connection_of(answer)
    connection.data_received(settings((INITIAL_WINDOW, window)) + window_update(0, BIGGEST_WINDOW - 65_535))
    connection.data_received(b"".join(headers(stream, grpc_fields("Down"), WHOLE) for stream in streams))
    await turns()
    for exchange in answer.exchanges:
        await start(exchange)
        await exchange.send({"type": "http.response.body", "body": b"", "more_body": True})
    return connection, transport, answer.exchanges


def data_of(frames, stream):
    return b"".join(one.payload for one in frames if one.kind == DATA and one.stream == stream)


async def test_an_exchange_is_busy_once_its_window_is_used_up():
    _, transport, (exchange,) = await begun(1, window=100)
    exchange.post(b"a" * 100)
    await turns()
    assert not exchange.busy
    exchange.post(b"b" * 100)
    await turns()
    assert exchange.busy
    assert data_of(transport.frames(), 1) == b"a" * 100


async def test_what_is_held_goes_out_in_order_as_the_window_opens():
    connection, transport, (exchange,) = await begun(1, window=100)
    told = []
    exchange.post(b"a" * 90)
    exchange.post(b"b" * 90)
    exchange.when_free(lambda: told.append("free"))
    await turns()
    assert told == []
    connection.data_received(window_update(1, 50))
    assert data_of(transport.frames(), 1) == b"a" * 90 + b"b" * 60
    assert told == []
    connection.data_received(window_update(1, 50))
    assert (data_of(transport.frames(), 1), told) == (b"b" * 30, ["free"])
    connection.data_received(window_update(1, 50))
    await turns()
    assert told == ["free"]


async def test_a_stream_that_waits_is_in_no_other_streams_way():
    _, transport, (stuck, other) = await begun(1, 3, window=100)
    stuck.post(b"s" * 300)
    other.post(b"o" * 60)
    await turns()
    other.post(b"o" * 40)
    await turns()
    frames = transport.frames()
    assert (data_of(frames, 1), data_of(frames, 3)) == (b"s" * 100, b"o" * 100)
    assert (stuck.busy, other.busy) == (True, False)


@pytest.mark.parametrize("goodbye", [reset(1), None], ids=["a reset", "a lost connection"])
async def test_who_waits_for_a_caller_that_leaves_is_told(goodbye):
    connection, _, (exchange,) = await begun(1, window=10)
    told = []
    exchange.post(b"a" * 20)
    exchange.when_free(lambda: told.append("free"))
    waiting = asyncio.ensure_future(exchange.taken())
    await turns()
    assert not waiting.done()
    if goodbye:
        connection.data_received(goodbye)
    else:
        connection.connection_lost(None)
    await turns()
    assert told == ["free"]
    assert type(waiting.exception()).__name__ == "ClientLeft"


async def test_who_asks_after_the_connection_is_gone_is_told_too():
    connection, _, (exchange,) = await begun(1, window=10)
    connection.connection_lost(None)
    told = []
    exchange.when_free(lambda: told.append("free"))
    await turns()
    assert told == ["free"]


async def test_a_socket_that_takes_no_more_makes_everything_on_it_busy():
    connection, transport, (one, other) = await begun(1, 3, window=1000)
    transport.frames()
    connection.pause_writing()
    for exchange in (one, other):
        exchange.post(b"x")
    await turns()
    assert (one.busy, other.busy, transport.frames()) == (True, True, [])
    connection.resume_writing()
    assert (one.busy, other.busy) == (False, False)
    assert len(transport.frames()) == 2


@pytest.mark.parametrize("body", [b"", b"last"], ids=["without a last message", "with one"])
async def test_a_status_is_not_overtaken_by_the_reset_behind_it_while_the_socket_is_full(body):
    answer = Holding()
    connection, transport = connection_of(answer)
    connection.data_received(headers(1, grpc_fields("Up")))
    await turns()
    connection.pause_writing()
    await start(answer.exchanges[0])
    await finish(answer.exchanges[0], body)
    await turns()
    assert transport.frames() == []
    connection.resume_writing()
    await turns()
    kinds = [one.kind for one in transport.frames() if one.stream == 1]
    assert kinds == [HEADERS, *([DATA] if body else []), HEADERS, RST_STREAM]


async def test_a_short_status_is_not_overtaken_either():
    answer = Holding()
    connection, transport = connection_of(answer)
    connection.data_received(headers(1, grpc_fields("Up")))
    await turns()
    connection.pause_writing()
    await start(answer.exchanges[0], trailers=False)
    await answer.exchanges[0].send({"type": "http.response.body", "body": b""})
    await turns()
    connection.resume_writing()
    await turns()
    assert [one.kind for one in transport.frames() if one.stream == 1] == [HEADERS, RST_STREAM]


async def test_a_status_waits_behind_what_the_window_holds():
    connection, transport, (exchange,) = await begun(1, window=10)
    exchange.post(b"a" * 15)
    await finish(exchange, b"b" * 5)
    await turns()
    assert data_of(transport.frames(), 1) == b"a" * 10
    connection.data_received(window_update(1, 100))
    await turns()
    rest = transport.frames()
    assert data_of(rest, 1) == b"a" * 5 + b"b" * 5
    assert (rest[-1].kind, rest[-1].flags & END_STREAM) == (HEADERS, END_STREAM)


# Against the real process.


async def noted(server, key):
    async with introduced(server.opening.port) as wire:
        await wire.send(call(1, "Noted", key=key))
        return list(answers_in((await wire.heard(1)).body)[0].lines)


async def test_a_caller_that_never_reads_is_held_little(server):
    # 20 streams of messages of 50 kB; windows as large as there are; a socket that takes little.
    before, key = server.process.memory_info().rss, uuid.uuid4().hex
    async with introduced(server.opening.port, (INITIAL_WINDOW, BIGGEST_WINDOW), receive_buffer=4096) as wire:
        await wire.send(window_update(0, BIGGEST_WINDOW - 65_535))
        for stream in range(1, 41, 2):
            await wire.send(call(stream, "Down", act="flood", payload=bytes(50_000), key=f"{key}{stream}"))
        await asyncio.sleep(1)
        assert server.process.memory_info().rss - before < 20 * 2**20
        sent = [await noted(server, f"{key}{stream}") for stream in range(1, 41, 2)]
        assert 0 < sum(int(one[0]) for one in sent if one) < 400


async def test_windows_of_nothing_hold_one_message_a_stream_and_others_go_on(server):
    key = uuid.uuid4().hex
    async with introduced(server.opening.port, (INITIAL_WINDOW, 0)) as wire:
        for stream in range(1, 101, 2):
            await wire.send(call(stream, "Down", act="flood", payload=b"x" * 1000, key=key))
        await wire.send(call(101, text="me too"), window_update(101, 1000))
        heard = await wire.heard(101)
        assert answers_in(heard.body)[0].text == "me too"
        assert await noted(server, key) in ([], ["0"], ["1"])
        await wire.send(window_update(7, 10_000))
        came = [await wire.until(DATA, 7) for _ in range(9)]
        assert all(came)


async def numbers_of(wire, stream, count):
    """The numbers of the stream's next messages, its window opened bit by bit."""
    body, numbers = b"", []
    while len(numbers) < count:
        await wire.send(window_update(stream, 777), window_update(0, 777))
        body += (await wire.until(DATA, stream)).payload
        while len(body) >= 5 and len(body) >= (end := 5 + int.from_bytes(body[1:5], "big")):
            numbers += [answers_in(body[:end])[0].number]
            body = body[end:]
    return numbers


async def test_messages_come_whole_and_in_order_through_a_narrow_window(server):
    async with introduced(server.opening.port, (INITIAL_WINDOW, 10)) as wire:
        await wire.send(call(1, "Down", act="flood", payload=b"x" * 100, key="narrow"))
        assert await numbers_of(wire, 1, 50) == list(range(50))
        await wire.send(reset(1, CANCEL))
        assert await wire.ping()


async def test_a_window_that_shrinks_below_nothing_is_honoured(server):
    async with introduced(server.opening.port, (INITIAL_WINDOW, 1000)) as wire:
        ask = message(act="echo", payload=b"x" * 3000)
        await wire.send(headers(1, grpc_fields("Unary")), frame(DATA, END_STREAM, 1, ask))
        assert len((await wire.until(DATA, 1)).payload) == 1000
        await wire.send(settings((INITIAL_WINDOW, 0)), window_update(1, 1000))  # 1000 below, then at nothing
        await wire.send(frame(PING, 0, 0, b"nothing?"))
        assert (await wire.until(PING, flags=1)).payload == b"nothing?"
        await wire.send(window_update(1, 500))
        assert len((await wire.until(DATA, 1)).payload) == 500


async def test_a_plain_answer_waits_for_its_window_too(server):
    async with introduced(server.opening.port, (INITIAL_WINDOW, 1)) as wire:
        await wire.send(frame(HEADERS, WHOLE, 1, block(*fields_of("/healthz", method="GET"))))
        assert (await wire.until(DATA, 1)).payload == b"o"
        await wire.send(window_update(1, 10))
        assert (await wire.until(DATA, 1)).payload == b"k"
