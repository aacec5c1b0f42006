"""Requests of every shape over HTTP/2, as other clients than gRPC's write them."""

import asyncio
import json

import pytest
from raw_http2 import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    NO_ERROR,
    PROTOCOL_ERROR,
    RST_STREAM,
    answers_in,
    assert_discreet,
    block,
    call,
    fields_of,
    frame,
    grpc_fields,
    headers,
    introduced,
    message,
    reset,
)
from serving import serving

from doorstepd.doors.nghttp2.scopes import Origin, scope_of

WHOLE = END_HEADERS | END_STREAM


async def asked(wire, path, *more, method="GET", body=None):
    """What comes back of a plain HTTP request."""
    request = headers(1, fields_of(path, *more, method=method), WHOLE if body is None else END_HEADERS)
    await wire.send(request, b"" if body is None else frame(DATA, END_STREAM, 1, body))
    return await wire.heard(1)


async def test_a_get_is_answered(wire):
    heard = await asked(wire, "/healthz")
    assert heard.head[":status"] == "200"
    assert heard.head["content-length"] == "2"
    assert heard.body == b"ok"
    assert heard.resets == []


async def test_the_answer_to_head_has_no_body(wire):
    # RFC 9110 9.3.2: the server must not send content in the answer to HEAD; clients take it for a broken stream.
    heard = await asked(wire, "/healthz", method="HEAD")
    assert heard.head[":status"] == "200"
    assert heard.body == b""


async def test_a_path_that_nobody_serves_is_not_found(wire):
    heard = await asked(wire, "/nothing/here")
    assert heard.head[":status"] == "404"


async def test_a_path_is_unquoted_and_the_query_kept_as_it_came(wire):
    heard = await asked(wire, "/web%68ook?a=%31&b=%2F?", method="POST", body=b"12345")
    assert heard.head[":status"] == "200"
    assert json.loads(heard.body) == {"bytes": 5, "query": "a=%31&b=%2F?"}


@pytest.mark.parametrize("path", ["/%", "/%zz", "/%ff%fe", "/%00", "/..%2f..%2fetc", "*", "//", "/" + "a" * 16_000])
async def test_odd_paths_are_answered_like_others(wire, path):
    heard = await asked(wire, path)
    assert heard.resets or heard.head[":status"] in ("400", "404", "405")
    assert_discreet(wire.bytes_heard)
    assert await wire.ping()


@pytest.mark.parametrize("method", ["CONNECT", "OPTIONS", "TRACE", "BREW"])
async def test_odd_methods_are_refused(wire, method):
    fields = fields_of("/healthz", method=method)
    if method == "CONNECT":
        fields = tuple(pair for pair in fields if pair[0] not in (":scheme", ":path"))
    await wire.send(headers(1, fields, WHOLE))
    heard = await wire.heard(1)
    assert heard.resets or heard.head[":status"] in ("400", "404", "405", "501")
    assert await wire.ping()


async def test_what_an_http_handler_raises_stays_in_the_process(wire):
    heard = await asked(wire, "/fails")
    assert heard.head[":status"] == "500"
    assert_discreet(wire.bytes_heard)


async def test_a_failure_is_answered_by_headers_alone(wire):
    await wire.send(call(1, act="abort", text="no such parcel"))
    came = await wire.until(HEADERS, 1)
    fields = came.fields
    assert came.flags & END_STREAM
    assert (fields["grpc-status"], fields["grpc-message"], fields["x-why"]) == ("5", "no such parcel", "gone")


async def test_an_unknown_method_is_answered_by_headers_alone(wire):
    await wire.send(call(1, "Nowhere"))
    came = await wire.until(HEADERS, 1)
    assert came.flags & END_STREAM
    assert came.fields["grpc-status"] == "12"


async def test_what_a_grpc_handler_raises_stays_in_the_process(wire):
    await wire.send(call(1, act="raise"))
    assert (await wire.heard(1)).status == "13"
    assert_discreet(wire.bytes_heard)


async def test_a_call_without_te_is_answered(wire):
    fields = [pair for pair in grpc_fields("Unary") if pair[0] != "te"]
    await wire.send(headers(1, fields), frame(DATA, END_STREAM, 1, message(text="hi")))
    heard = await wire.heard(1)
    assert heard.status == "0"
    assert answers_in(heard.body)[0].text == "hi"


async def test_a_request_may_end_with_trailers(wire):
    trailers = frame(HEADERS, WHOLE, 1, block(("x-checksum", "1")))
    await wire.send(headers(1, grpc_fields("Unary")), frame(DATA, 0, 1, message(text="hi")), trailers)
    heard = await wire.heard(1)
    assert (heard.status, heard.resets) == ("0", [])
    assert answers_in(heard.body)[0].text == "hi"


async def test_a_request_may_end_with_an_empty_frame(wire):
    await wire.send(headers(1, grpc_fields("Unary")), frame(DATA, 0, 1, message(text="hi")), frame(DATA, END_STREAM, 1))
    assert answers_in((await wire.heard(1)).body)[0].text == "hi"


async def test_a_call_without_any_message_gets_a_status(wire):
    await wire.send(headers(1, grpc_fields("Unary"), WHOLE))
    assert (await wire.heard(1)).status == "12"


@pytest.mark.parametrize(("timeout", "status"), [("99999999H", "0"), ("0n", "4"), ("1n", "4"), ("soon", "3")])
async def test_every_timeout_gets_a_status(wire, timeout, status):
    ask = frame(DATA, END_STREAM, 1, message(act="sleep", seconds=0.05, key="timeout"))
    await wire.send(headers(1, grpc_fields("Unary", ("grpc-timeout", timeout))), ask)
    assert (await wire.heard(1)).status == status


@pytest.mark.parametrize("act", ["abort", "code"])
async def test_a_status_too_long_for_headers_leaves_nobody_waiting(wire, act):
    # libnghttp2 sends no header block over 64 kB. A caller who waits for one that was dropped waits for ever.
    await wire.send(call(1, act=act, text="包" * 15_000))  # 135 kB once it is quoted
    heard = await asyncio.wait_for(wire.heard(1), 3)
    assert heard.resets or heard.status


async def test_grpc_web_is_answered_over_http2(wire):
    kind = ("content-type", "application/grpc-web+proto")
    heard = await asked(wire, "/doors.test.v1.Echo/Unary", kind, method="POST", body=message(text="web"))
    assert heard.head["content-type"].startswith("application/grpc-web")
    assert b"web" in heard.body
    assert b"grpc-status:" in heard.body.replace(b" ", b"")
    assert heard.trailers == {}


async def test_a_page_of_another_origin_may_ask_over_http2(wire):
    more = ("origin", "https://shop.example"), ("access-control-request-method", "POST")
    heard = await asked(wire, "/doors.test.v1.Echo/Unary", *more, method="OPTIONS")
    assert heard.head[":status"] == "200"
    assert heard.head["access-control-allow-origin"] == "*"


async def test_grpc_by_get_is_refused(wire):
    heard = await asked(wire, "/doors.test.v1.Echo/Unary", ("content-type", "application/grpc"))
    assert heard.head[":status"] == "405"


@pytest.mark.parametrize("length", ["3", "99", "-1", "x"])
async def test_a_body_of_another_length_than_was_said_is_a_broken_stream(wire, length):
    sent = headers(1, grpc_fields("Unary", ("content-length", length)))
    await wire.send(sent, frame(DATA, END_STREAM, 1, message(text="hi")))
    heard = await wire.heard(1)
    assert heard.resets == [PROTOCOL_ERROR] or heard.head[":status"] == "400"
    assert await wire.ping()


def test_the_app_hears_of_one_host_only():
    # RFC 9113 8.3.1: who checks one name and serves by the other is fooled. Envoy drops what is not :authority.
    fields = (b":method", b"GET"), (b":path", b"/"), (b":authority", b"here"), (b"host", b"elsewhere")
    scope = scope_of(fields, Origin(None, "http"))
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"here"]


async def leave_in_the_middle(wire, streams):
    path = fields_of("/webhook", ("content-type", "application/json"))
    await wire.send(*(headers(stream, path) + frame(DATA, 0, stream, b"{") for stream in streams))
    assert await wire.ping()
    await wire.send(*(reset(stream) for stream in streams))
    assert await wire.ping()


async def test_a_webhook_whose_sender_leaves_in_the_middle_writes_no_error(capfd):
    # Whoever can write to the log as often as they like hides in it what they do.
    async with serving(door="nghttp2", app="echo_app:build") as server, introduced(server.opening.port) as wire:
        await leave_in_the_middle(wire, range(1, 20, 2))
    assert "failed" not in "".join(capfd.readouterr())


async def test_an_early_refusal_of_a_webhook_ends_the_stream_politely(wire):
    await wire.send(headers(1, fields_of("/nothing")), frame(DATA, 0, 1, b"x" * 1000))
    heard = await wire.heard(1)
    assert heard.head[":status"] == "404"
    assert (await wire.until(RST_STREAM, 1)).code == NO_ERROR
