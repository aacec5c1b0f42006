"""One request and its answer over a stream that only takes notes."""

import asyncio

import pytest
from http2_in_process import finish, start, turns

from doorstepd.doors.calls.status import ClientLeft
from doorstepd.doors.nghttp2.calls import ExchangeLine
from doorstepd.doors.nghttp2.exchange import Exchange
from doorstepd.doors.nghttp2.turn import Turn

POST = {"type": "http", "method": "POST"}


class Stream:
    """As much of a connection as an exchange needs."""

    def __init__(self):
        self.done = []
        self.held = False
        self.given_back = 0

    def respond(self, stream_id, status, fields, *, ended):
        self.done.append(("respond", status, ended))

    def write(self, stream_id, data, *, ended=False):
        self.done.append(("write", data, ended))

    def trail(self, stream_id, fields):
        self.done.append(("trail", fields))

    def flush(self):
        pass

    def holds(self, stream_id):
        return self.held

    def tell_when_free(self, exchange):
        self.done.append(("tell_when_free",))

    def consumed(self, stream_id, size):
        self.given_back += size

    def refuse_rest(self, stream_id):
        self.done.append(("refuse_rest",))

    def reset(self, stream_id):
        self.done.append(("reset",))


@pytest.fixture
def stream():
    return Stream()


@pytest.fixture
def exchange(stream):
    return Exchange(stream, 1, POST, ended=False)


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, 2)


async def test_a_body_is_received_in_pieces_and_then_the_end(exchange):
    exchange.feed(b"a", ended=False)
    exchange.feed(b"b", ended=False)
    assert await soon(exchange.receive()) == {"type": "http.request", "body": b"ab", "more_body": True}
    exchange.feed(b"c", ended=True)
    assert await soon(exchange.receive()) == {"type": "http.request", "body": b"c", "more_body": False}


async def test_after_the_end_receive_waits_until_the_caller_leaves(exchange):
    exchange.feed(b"a", ended=True)
    await soon(exchange.receive())
    waiting = asyncio.ensure_future(exchange.receive())
    await turns()
    assert not waiting.done()
    exchange.close()
    assert await soon(waiting) == {"type": "http.disconnect"}
    assert await soon(exchange.receive()) == {"type": "http.disconnect"}


async def test_all_who_wait_hear_that_the_caller_left(exchange):
    # A handler and whoever listens for its caller's leaving may wait at once; uvicorn and others allow it.
    exchange.feed(b"", ended=True)
    await soon(exchange.receive())
    waiting = [asyncio.ensure_future(exchange.receive()) for _ in range(3)]
    await turns()
    exchange.close()
    await turns()
    assert [one.done() for one in waiting] == [True] * 3
    for one in waiting:
        one.cancel()


async def test_an_end_without_a_body_is_told_once(stream):
    exchange = Exchange(stream, 1, POST, ended=True)
    assert await soon(exchange.receive()) == {"type": "http.request", "body": b"", "more_body": False}
    waiting = asyncio.ensure_future(exchange.receive())
    await turns()
    assert not waiting.done()
    waiting.cancel()


async def test_an_end_that_comes_alone_wakes_who_waits(exchange):
    waiting = asyncio.ensure_future(exchange.receive())
    await turns()
    exchange.feed(b"", ended=True)
    assert (await soon(waiting))["more_body"] is False


async def test_a_body_that_was_cut_off_is_not_taken_for_whole(exchange):
    exchange.feed(b"half", ended=False)
    exchange.close()
    events = [await soon(exchange.receive()) for _ in range(2)]
    assert not any(event["type"] == "http.request" and not event["more_body"] for event in events)
    assert events[-1]["type"] == "http.disconnect"


async def test_what_is_received_is_given_back_to_the_window_once(stream, exchange):
    exchange.feed(b"12345", ended=False)
    assert stream.given_back == 0
    await soon(exchange.receive())
    assert stream.given_back == 5
    exchange.close()
    assert stream.given_back == 5


async def test_what_nobody_received_is_given_back_at_the_end(stream, exchange):
    exchange.feed(b"12345", ended=False)
    exchange.feed(b"678", ended=False)
    exchange.close()
    assert stream.given_back == 8
    await soon(exchange.receive())
    assert stream.given_back == 8


async def test_what_nobody_will_receive_is_given_back_at_once(stream, exchange):
    exchange.feed(b"12345", ended=False)
    await start(exchange)
    await finish(exchange)
    exchange.feed(b"678", ended=False)
    assert stream.given_back in (3, 8)
    exchange.close()
    assert stream.given_back == 8


async def test_an_answer_before_the_requests_end_refuses_the_rest_once(stream, exchange):
    await start(exchange)
    await finish(exchange, b"x")
    assert stream.done.count(("refuse_rest",)) == 1
    assert stream.done[-1] == ("refuse_rest",)


async def test_an_answer_to_a_whole_request_refuses_nothing(stream, exchange):
    exchange.feed(b"", ended=True)
    await start(exchange)
    await finish(exchange)
    assert ("refuse_rest",) not in stream.done


async def test_an_empty_answer_is_one_frame(stream, exchange):
    await start(exchange, trailers=False)
    await exchange.send({"type": "http.response.body", "body": b""})
    assert stream.done[0] == ("respond", 200, True)
    assert exchange.answered


async def test_nothing_is_sent_to_a_caller_who_left(stream, exchange):
    exchange.close()
    await start(exchange)
    for event in ("body", "trailers"):
        with pytest.raises(ClientLeft):
            await exchange.send({"type": f"http.response.{event}"})
    with pytest.raises(ClientLeft):
        await exchange.taken()
    exchange.abandon()
    assert [deed for deed in stream.done if deed[0] != "tell_when_free"] == []


async def test_news_for_a_caller_who_left_ends_the_call_and_is_not_sent(stream, exchange):
    class Sender:
        sent, fate = 0, None

        def framed(self, message):
            return message

        def end(self, fate):
            self.fate = fate

    sender = Sender()
    line = ExchangeLine(sender, exchange)
    line.post(b"here")
    exchange.close()
    line.post(b"gone")
    assert (type(sender.fate), sender.sent, line.busy) == (ClientLeft, 1, False)
    assert stream.done == [("write", b"here", False)]


async def test_who_asks_to_be_told_is_told_exactly_once(stream, exchange):
    told = []
    stream.held = True
    for number in range(3):
        exchange.when_free(lambda number=number: told.append(number))
    assert stream.done == [("tell_when_free",)]
    stream.held = False
    exchange.free()
    exchange.free()
    exchange.close()
    assert told == [0, 1, 2]


async def test_who_asks_again_when_told_is_told_the_next_time(stream, exchange):
    told = []
    exchange.when_free(lambda: (told.append(1), exchange.when_free(lambda: told.append(2))))
    exchange.free()
    assert told == [1]
    exchange.free()
    assert told == [1, 2]
    assert stream.done == [("tell_when_free",)] * 2


async def test_leaving_is_told_once_and_only_before_the_answer_is_whole(stream, exchange):
    told = []
    exchange.on_left = lambda: told.append("left")
    exchange.close()
    exchange.close()
    assert told == ["left"]
    other = Exchange(stream, 3, POST, ended=True)
    other.on_left = lambda: told.append("never")
    await start(other)
    await finish(other)
    other.close()
    assert told == ["left"]


async def test_an_app_that_gives_up_resets_the_stream_unless_it_has_answered(stream, exchange):
    await start(exchange)
    exchange.abandon()
    exchange.abandon()
    assert stream.done == [("reset",)]
    other = Exchange(Stream(), 3, POST, ended=True)
    await start(other)
    await finish(other)
    other.abandon()
    assert ("reset",) not in other._connection.done


async def test_one_connection_that_fails_leaves_none_of_the_others_unsent():
    # A connection waits for its turn once; were it forgotten, it would never send again.
    turn, turned = Turn(asyncio.get_running_loop()), []
    asyncio.get_running_loop().set_exception_handler(lambda *_: turned.append("complaint"))

    class Written:
        def __init__(self, name):
            self.name = name

        def turned(self):
            turned.append(self.name)
            if self.name == "fails":
                raise ValueError

    for name in ("first", "fails", "last"):
        turn.add(Written(name))
    await turns()
    assert "last" in turned
