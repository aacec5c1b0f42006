"""Requests that no well-behaved client sends, and the pieces that read and write the wire."""

import asyncio
import gzip
import zlib
from base64 import b64encode
from contextlib import suppress
from struct import pack

import grpc
import pytest
from echo_app import EchoApp
from echo_pb2 import Answer, Ask
from hypothesis import given
from hypothesis import strategies as st

from doorstepd.doors.calls.asgi import AsgiDoor
from doorstepd.doors.calls.call import Call, Caller, Method
from doorstepd.doors.calls.framing import Inbox, compressed_frame, frame, inflated
from doorstepd.doors.calls.grpc_web import TextBody
from doorstepd.doors.calls.headers import metadata_of, quoted, raw_of, timeout_seconds, unquoted
from doorstepd.doors.calls.status import Ended
from doorstepd.doors.envoy.departures import PipedDepartures

LIMIT = 1000


async def nobody(scope, receive, send):
    raise AssertionError("not HTTP")


def receiving(*pieces):
    """ASGI's `receive` for a body in these pieces."""
    left = list(pieces)

    async def receive():
        if not left:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


async def answer(*pieces, path="/doors.test.v1.Echo/Unary", headers=()):
    """The headers, the body and the trailers that the ASGI door sends."""
    door = AsgiDoor(nobody, max_message_bytes=LIMIT)
    EchoApp().register(door)
    sent = []

    async def send(event):
        sent.append(event)

    fields = [(b"content-type", b"application/grpc"), (b"te", b"trailers"), *headers]
    scope = {"type": "http", "method": "POST", "path": path, "scheme": "http", "headers": fields, "client": ("::1", 1)}
    await asyncio.wait_for(door(scope, receiving(*pieces), send), 10)
    body = b"".join(event.get("body", b"") for event in sent)
    trailers = [pair for event in sent if event["type"] == "http.response.trailers" for pair in event["headers"]]
    return dict(sent[0]["headers"]), body, dict(trailers)


async def status(*pieces, **how):
    """The code and text of the status, wherever it stands."""
    headers, _, trailers = await answer(*pieces, **how)
    told = headers | trailers
    return list(grpc.StatusCode)[int(told[b"grpc-status"])], unquoted(told.get(b"grpc-message", b""))


ASK = frame(Ask(text="hi").SerializeToString())


@given(st.lists(st.binary(max_size=200), max_size=8), st.data())
async def test_messages_are_read_however_the_body_is_cut(messages, data):
    body = b"".join(frame(message) for message in messages)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=10)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    inbox = Inbox(receiving(*pieces), LIMIT, None)
    read = []
    while (message := await inbox.next()) is not None:
        read.append(message)
    assert read == messages


@given(st.binary(max_size=500), st.sampled_from([b"gzip", b"deflate"]))
async def test_what_is_compressed_is_read_again(message, encoding):
    inbox = Inbox(receiving(compressed_frame(message, encoding)), LIMIT, encoding)
    assert await inbox.only() == message


@given(st.binary(max_size=300))
def test_bytes_that_are_not_compressed_end_the_call_and_nothing_else(data):
    for encoding in (b"gzip", b"deflate"):
        with suppress(Ended):  # and nothing else
            assert len(inflated(data, encoding, LIMIT)) <= LIMIT


async def test_a_body_may_trickle_in():
    _, body, trailers = await answer(*(ASK[at : at + 1] for at in range(len(ASK))))
    assert body == frame(Answer(text="hi").SerializeToString())
    assert trailers[b"grpc-status"] == b"0"


@pytest.mark.parametrize("bomb", [gzip.compress(bytes(LIMIT + 1)), gzip.compress(bytes(50_000_000))])
async def test_a_bomb_is_not_inflated_past_the_limit(bomb):
    body = pack(">BI", 1, len(bomb)) + bomb
    code, _ = await status(body, headers=[(b"grpc-encoding", b"gzip")])
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_length_above_the_limit_is_refused_before_its_bytes_come():
    code, text = await status(pack(">BI", 0, LIMIT + 1), b"never read")
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(LIMIT) in text


@pytest.mark.parametrize(
    ("pieces", "headers", "code"),
    [
        ((ASK[:-1],), (), grpc.StatusCode.INTERNAL),
        ((b"\0\0\0",), (), grpc.StatusCode.INTERNAL),
        ((b"",), (), grpc.StatusCode.UNIMPLEMENTED),
        ((ASK + ASK,), (), grpc.StatusCode.UNIMPLEMENTED),
        ((b"\1" + ASK[1:],), (), grpc.StatusCode.INTERNAL),
        ((b"\1" + ASK[1:],), ((b"grpc-encoding", b"gzip"),), grpc.StatusCode.INTERNAL),
        ((b"\1" + ASK[1:],), ((b"grpc-encoding", b"identity"),), grpc.StatusCode.INTERNAL),
        ((b"\2" + ASK[1:],), (), grpc.StatusCode.INTERNAL),
        ((ASK,), ((b"grpc-encoding", b"br"),), grpc.StatusCode.UNIMPLEMENTED),
        ((ASK,), ((b"grpc-timeout", b"soon"),), grpc.StatusCode.INVALID_ARGUMENT),
        ((ASK,), ((b"grpc-timeout", b"123456789S"),), grpc.StatusCode.INVALID_ARGUMENT),
        ((ASK,), ((b"grpc-timeout", b"-1S"),), grpc.StatusCode.INVALID_ARGUMENT),
        ((frame(b"\xff"),), (), grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_each_broken_request_gets_its_status(pieces, headers, code):
    assert (await status(*pieces, headers=headers))[0] is code


async def test_an_unknown_encoding_is_answered_with_those_that_are_known():
    headers, _, _ = await answer(ASK, headers=[(b"grpc-encoding", b"br")])
    assert headers[b"grpc-status"] == b"12"
    assert b"gzip" in headers[b"grpc-accept-encoding"]


async def test_metadata_that_is_not_base64_is_named_when_it_is_read():
    ask = frame(Ask(act="metadata").SerializeToString())
    code, text = await status(ask, headers=[(b"x-odd-bin", b"***")])
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "x-odd-bin" in text


async def test_an_answer_is_compressed_only_where_the_caller_takes_it():
    ask = frame(Ask(act="compress", count=900).SerializeToString())
    headers, body, _ = await answer(ask, headers=[(b"grpc-accept-encoding", b"identity, gzip")])
    assert headers[b"grpc-encoding"] == b"gzip"
    assert body[0] == 1
    assert len(Answer.FromString(gzip.decompress(body[5:])).payload) == 900
    headers, body, _ = await answer(ask, headers=[(b"grpc-accept-encoding", b"identity")])
    assert b"grpc-encoding" not in headers
    assert body[0] == 0


@given(st.text())
def test_a_message_is_quoted_in_printable_ascii_and_read_again(text):
    safe = text.encode("utf-8", "replace").decode()
    assert all(0x20 <= byte <= 0x7E for byte in quoted(safe))
    assert unquoted(quoted(safe)) == safe


KEYS = st.from_regex(r"x-[a-z0-9_.-]{0,10}", fullmatch=True)
PAIRS = st.one_of(
    st.tuples(
        KEYS.filter(lambda key: not key.endswith("-bin")), st.text(st.characters(min_codepoint=32, max_codepoint=126))
    ),
    st.tuples(KEYS.map(lambda key: key + "-bin"), st.binary()),
)


@given(st.lists(PAIRS))
def test_metadata_is_written_and_read_again(pairs):
    assert metadata_of(raw_of(pairs)) == tuple(pairs)


@pytest.mark.parametrize("key", ["", "X-Upper", "x y", ":path", "grpc-status", "x\n", "ä"])
def test_a_key_that_cannot_be_sent_is_refused(key):
    with pytest.raises(ValueError, match="cannot be sent"):
        raw_of([(key, "v")])


@pytest.mark.parametrize("value", ["a\r\nb", "é", "\0", "包"])
def test_a_value_that_cannot_be_sent_is_refused_and_not_quoted(value):
    with pytest.raises(ValueError, match="printable") as caught:
        raw_of([("x-key", value)])
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(b"1H", 3600), (b"2M", 120), (b"3S", 3), (b"250m", 0.25), (b"10u", 1e-5), (b"99999999n", 0.099999999), (b"0S", 0)],
)
def test_a_timeout_is_read_in_its_unit(written, seconds):
    assert timeout_seconds(written) == pytest.approx(seconds)


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5), st.data())
async def test_text_is_decoded_however_it_is_cut_and_padded(parts, data):
    text = b"".join(b64encode(part) for part in parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    body = TextBody(receiving(*(text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True))))
    read = b""
    while True:
        event = await body.receive()
        read += event["body"]
        if not event["more_body"]:
            break
    assert read == b"".join(parts)


async def test_departures_are_heard_however_the_pipe_cuts_them():
    departures = PipedDepartures()
    ended = []

    class Watched(Call):
        def end(self, fate):
            ended.append(self)

    async def behaviour(request, context):
        return b""

    method = Method("/a/b", behaviour, request_streaming=False, response_streaming=False, decode=None, encode=None)
    calls = [Watched(method, Caller(None, [], b"", secure=False), Inbox(receiving(), 1, None), None) for _ in range(3)]
    for number, call in enumerate(calls):
        departures.watch(call, b"id-%d" % number)
    for piece in (b"id-", b"0\nid-1", b"", b"\nnobody\n-\nid-", b"2"):
        departures.feed(piece)
    assert ended == calls[:2]
    departures.feed(b"\n")
    assert ended == calls


def test_deflate_is_zlibs():
    assert zlib.decompress(compressed_frame(b"x" * 100, b"deflate")[5:]) == b"x" * 100


class Blocking:
    def Unary(self, request, context):
        return None


def test_a_handler_that_would_block_is_refused_when_it_is_registered():
    handlers = {"Unary": grpc.unary_unary_rpc_method_handler(Blocking().Unary)}
    with pytest.raises(TypeError, match=r"/a\.B/Unary"):
        AsgiDoor(nobody, max_message_bytes=1).add_registered_method_handlers("a.B", handlers)
