"""Browsers and plain HTTP clients, at any door."""

import asyncio
import struct
import uuid
from base64 import b64decode, b64encode

import pytest
from echo_app import SECRET
from echo_notes import noted
from echo_pb2 import Answer, Ask

UNARY = "/doors.test.v1.Echo/Unary"
DOWN = "/doors.test.v1.Echo/Down"


def framed(message):
    data = message.SerializeToString()
    return struct.pack(">BI", 0, len(data)) + data


def frames(body):
    """Messages, and the trailers of a gRPC-Web body."""
    messages, trailers = [], {}
    while body:
        flags, size = struct.unpack(">BI", body[:5])
        data, body = body[5 : 5 + size], body[5 + size :]
        if flags & 0x80:
            lines = data.decode().strip().split("\r\n")
            trailers = {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines)}
        else:
            messages.append(Answer.FromString(data))
    return messages, trailers


def decoded(text):
    """Base64 in pieces, each padded by itself."""
    return b"".join(b64decode(text[at : at + 4]) for at in range(0, len(text), 4))


async def call(web, path, body, *, text=False, **headers):
    kind = "application/grpc-web-text" if text else "application/grpc-web+proto"
    sent = {"content-type": kind, "accept": kind, "x-grpc-web": "1"} | headers
    response = await web.post(path, content=b64encode(body) if text else body, headers=sent)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/grpc-web")
    return response, frames(decoded(response.content) if text else response.content)


@pytest.mark.parametrize("text", [False, True])
async def test_a_unary_call_over_grpc_web(web, text):
    _, (messages, trailers) = await call(web, UNARY, framed(Ask(text="包裹", payload=bytes(range(256)))), text=text)
    assert [(m.text, m.payload) for m in messages] == [("包裹", bytes(range(256)))]
    assert trailers["grpc-status"] == "0"


@pytest.mark.parametrize("text", [False, True])
async def test_a_server_stream_over_grpc_web(web, text):
    _, (messages, trailers) = await call(web, DOWN, framed(Ask(count=100, payload=b"p" * 77)), text=text)
    assert [message.number for message in messages] == list(range(100))
    assert trailers["grpc-status"] == "0"


@pytest.mark.parametrize("text", [False, True])
async def test_an_error_over_grpc_web_has_its_status(web, text):
    response, (messages, trailers) = await call(web, UNARY, framed(Ask(act="abort", text="nowhere")), text=text)
    assert messages == []
    told = {**response.headers, **trailers}
    assert (told["grpc-status"], told["grpc-message"], told["x-why"]) == ("5", "nowhere", "gone")


async def test_metadata_and_a_deadline_travel_over_grpc_web(web):
    _, (messages, _) = await call(web, UNARY, framed(Ask(act="metadata")), **{"x-mine": "1"})
    assert '["x-mine", "1"]' in messages[0].text
    response, (_, trailers) = await call(web, UNARY, framed(Ask(act="sleep", seconds=60)), **{"grpc-timeout": "200m"})
    assert {**response.headers, **trailers}["grpc-status"] == "4"


async def test_a_malformed_message_over_grpc_web_is_an_invalid_argument(web):
    response, (_, trailers) = await call(web, UNARY, b"\0\0\0\0\x03\xff\xff\xff")
    assert {**response.headers, **trailers}["grpc-status"] == "3"


async def test_a_page_elsewhere_may_ask_and_read_the_status(web):
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-grpc-web,authorization,grpc-timeout",
    }
    preflight = await web.options(UNARY, headers=asked)
    assert preflight.status_code in (200, 204)
    assert preflight.headers["access-control-allow-origin"] in ("*", "https://shop.example")
    assert "POST" in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("content-type", "x-grpc-web", "authorization", "grpc-timeout"))
    response, _ = await call(web, UNARY, framed(Ask()), origin="https://shop.example")
    assert response.headers["access-control-allow-origin"] in ("*", "https://shop.example")
    assert "grpc-status" in response.headers["access-control-expose-headers"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "application/x-protobuf"])
async def test_another_content_type_at_a_method_is_refused(web, kind):
    response = await web.post(UNARY, content=framed(Ask()), headers={"content-type": kind} if kind else {})
    assert response.status_code == 415


@pytest.mark.parametrize("kind", ["application/grpc-nonsense", "application/grpcx", "application/grpc+json"])
async def test_a_grpc_dialect_that_nobody_speaks_is_refused(web, kind):
    response = await web.post(UNARY, content=framed(Ask()), headers={"content-type": kind})
    assert response.status_code == 415


async def test_a_method_cannot_be_got(web):
    assert (await web.get(UNARY)).status_code == 405


async def test_http_has_its_own_app(web):
    assert (await web.get("/healthz")).text == "ok"
    assert (await web.get("/nowhere")).status_code == 404
    response = await web.post("/webhook?a=b%20c", content=b"x" * 300_000, headers={"content-type": "text/json"})
    assert response.json() == {"bytes": 300_000, "query": "a=b%20c"}


async def test_what_an_http_handler_raised_is_not_told(web):
    response = await web.get("/fails")
    assert response.status_code == 500
    assert SECRET not in response.text
    assert "ValueError" not in response.text


async def test_a_page_that_is_closed_ends_its_stream(web, echo):
    key = uuid.uuid4().hex
    body = framed(Ask(act="sleep", count=1, seconds=60, key=key))
    async with web.stream("POST", DOWN, content=body, headers={"content-type": "application/grpc-web"}) as response:
        assert await anext(response.aiter_raw())
        while "started" not in await noted(echo, key):
            await asyncio.sleep(0.05)
    for _ in range(100):
        if (seen := await noted(echo, key)) == ["started", "cancelled", "finally"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(seen)
