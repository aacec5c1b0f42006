"""What a caller gets from a call, the same behind any door."""

import asyncio
import json
import uuid

import grpc
import pytest
from echo_app import SECRET
from echo_pb2 import Answer, Ask
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

UNARY = "/doors.test.v1.Echo/Unary"
MEGABYTE = 1024 * 1024


async def failure(call):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def all_of(call):
    return [answer async for answer in call]


def raw_unary(channel, path=UNARY):
    return channel.unary_unary(path, request_serializer=None, response_deserializer=None)


async def test_a_unary_call_is_answered(echo):
    answer = await echo.Unary(Ask(text="包裹 📦", payload=b"\x00\xff"))
    assert (answer.text, answer.payload) == ("包裹 📦", b"\x00\xff")


async def test_an_empty_message_is_a_message(channel, echo):
    assert await echo.Unary(Ask()) == Answer()
    assert await raw_unary(channel)(b"") == b""
    assert (await echo.Up(iter([Ask(), Ask()]))).number == 2


async def test_a_server_stream_is_received_whole_and_in_order(echo):
    assert [answer.number for answer in await all_of(echo.Down(Ask(count=1000)))] == list(range(1000))


async def test_a_server_stream_may_be_empty(echo):
    assert await all_of(echo.Down(Ask(count=0))) == []


async def test_large_streamed_messages_arrive_whole(echo):
    payload = bytes(range(256)) * 1200
    assert [a.payload == payload for a in await all_of(echo.Down(Ask(count=20, payload=payload)))] == [True] * 20


async def test_a_client_stream_is_read_to_its_end(echo):
    async def texts():
        for number in range(1000):
            yield Ask(text=str(number))

    answer = await echo.Up(texts())
    assert answer.number == 1000
    assert list(answer.lines) == [str(number) for number in range(100)]


async def test_a_client_stream_may_be_empty(echo):
    assert (await echo.Up(iter([]))).number == 0


async def test_a_two_way_stream_answers_each_message_before_the_next_is_sent(echo):
    call = echo.Both()
    for number in range(200):
        await call.write(Ask(text=str(number)))
        assert (await call.read()).text == str(number)
    await call.done_writing()
    assert (await call.read()).text == "half-closed"
    assert await call.read() is grpc.aio.EOF
    assert await call.code() is grpc.StatusCode.OK


async def test_a_handler_goes_on_after_the_caller_half_closes(echo):
    answers = await all_of(echo.Both(iter([Ask(text="a", count=3), Ask(text="b")])))
    assert [answer.text for answer in answers] == ["a", "a", "a", "b", "half-closed"]


async def test_many_calls_share_one_channel(echo):
    async def one(number):
        assert (await echo.Unary(Ask(text=str(number)))).text == str(number)
        assert len(await all_of(echo.Down(Ask(count=number % 7)))) == number % 7

    await one(0)  # until the server's settings are in, a client may open more streams than it may
    await asyncio.gather(*(one(number) for number in range(300)))


async def test_a_request_at_the_limit_passes_and_one_above_is_refused(echo):
    limit = 4 * MEGABYTE
    payload = bytes(limit - len(Ask(payload=b"").SerializeToString()) - 5)
    assert Ask(payload=payload).ByteSize() == limit
    assert len((await echo.Unary(Ask(payload=payload))).payload) == len(payload)
    error = await failure(echo.Unary(Ask(payload=payload + b"\0")))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await echo.Unary(Ask(text="still here"))).text == "still here"


async def test_a_large_answer_arrives_whole(echo):
    assert len((await echo.Unary(Ask(act="inflate", count=12 * MEGABYTE))).payload) == 12 * MEGABYTE


async def test_metadata_travels_both_ways(echo):
    sent = (("x-text", "a b;c=d"), ("x-twice", "1"), ("x-twice", "2"), ("x-raw-bin", b"\x00\xff\x10"))
    call = echo.Unary(Ask(act="metadata"), metadata=sent)
    seen = [tuple(pair) for pair in json.loads((await call).text)]
    assert [value for key, value in seen if key == "x-text"] == ["a b;c=d"]
    assert [value for key, value in seen if key == "x-twice"] == ["1", "2"]
    assert [value for key, value in seen if key == "x-raw-bin"] == [{"bytes": "00ff10"}]
    assert ("x-head", "first") in tuple(await call.initial_metadata())
    assert ("x-head-bin", b"\x00\xff") in tuple(await call.initial_metadata())
    assert ("x-tail", "last") in tuple(await call.trailing_metadata())
    assert ("x-tail-bin", b"\xfe\x00\x01") in tuple(await call.trailing_metadata())


async def test_a_servicer_sees_none_of_the_transports_own_fields(echo):
    seen = json.loads((await echo.Unary(Ask(act="metadata"), metadata=(("x-mine", "1"),), timeout=9)).text)
    assert {key for key, _ in seen} <= {"x-mine", "user-agent", "grpc-accept-encoding", "accept-encoding"}


async def test_initial_metadata_of_a_stream_comes_before_its_first_message(echo):
    call = echo.Down(Ask(act="head", seconds=30, key="unused"))
    metadata = await asyncio.wait_for(call.initial_metadata(), 5)
    assert ("x-head", "first") in tuple(metadata)
    call.cancel()


async def test_a_status_carries_text_trailers_and_details(echo):
    error = await failure(echo.Unary(Ask(act="abort", text="没有 100% of it\n")))
    assert error.code() is grpc.StatusCode.NOT_FOUND
    assert error.details() == "没有 100% of it\n"
    assert ("x-why", "gone") in tuple(error.trailing_metadata())

    error = await failure(echo.Unary(Ask(act="status", text="not yet")))
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(error)
    assert status.message == "not yet"
    assert status.details[0].Unpack(info)
    assert info.reason == "BECAUSE"


async def test_a_code_that_was_set_ends_the_call_without_its_message(echo):
    error = await failure(echo.Unary(Ask(act="code", text="twice")))
    assert (error.code(), error.details()) == (grpc.StatusCode.ALREADY_EXISTS, "twice")


async def test_a_stream_may_fail_after_messages(echo):
    call = echo.Down(Ask(act="abort", count=3, text="torn"))
    assert [(await call.read()).number for _ in range(3)] == [0, 1, 2]
    error = await failure(call.read())
    assert (error.code(), error.details()) == (grpc.StatusCode.DATA_LOSS, "torn")
    assert ("x-tail", "last") in tuple(error.trailing_metadata())


@pytest.mark.parametrize("arity", ["Unary", "Down", "Both"])
async def test_what_a_handler_raised_is_not_told(echo, arity):
    request = Ask(act="raise")
    if arity == "Unary":
        error = await failure(echo.Unary(request))
    else:
        error = await failure(all_of(echo.Down(request) if arity == "Down" else echo.Both(iter([request]))))
    assert error.code() is grpc.StatusCode.INTERNAL
    told = repr((error.details(), tuple(error.trailing_metadata() or ()), error.debug_error_string()))
    assert not any(word in told for word in ("SELECT", "138", "ValueError", "Traceback", "echo_app"))
    assert SECRET not in told


@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a\x05abc", b"\x00", b"\x0a\x02\xff\xfe"])
async def test_a_malformed_message_is_an_invalid_argument_and_names_no_class(channel, data):
    error = await failure(raw_unary(channel)(data))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert not any(word in error.details() for word in ("Decode", "Error", "doorstep", "Traceback", "google"))


async def test_a_malformed_message_in_a_stream_is_an_invalid_argument(channel):
    both = channel.stream_stream("/doors.test.v1.Echo/Both", request_serializer=None, response_deserializer=None)
    error = await failure(all_of(both(iter([b"", b"\xff\xff\xff"]))))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("path", ["/doors.test.v1.Echo/Nothing", "/doors.test.v1.Nobody/Unary", "/", "/healthz"])
async def test_a_method_that_nobody_offers_is_unimplemented(channel, path):
    error = await failure(raw_unary(channel, path)(b""))
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_compressed_request_is_read(server, echo):
    answer = await echo.Unary(Ask(text="x" * 10_000), compression=grpc.Compression.Gzip)
    assert answer.text == "x" * 10_000
    answer = await echo.Unary(Ask(text="x" * 10_000), compression=grpc.Compression.Deflate)
    assert answer.text == "x" * 10_000


async def test_a_compressed_answer_is_read(echo):
    assert len((await echo.Unary(Ask(act="compress", count=500_000))).payload) == 500_000


async def test_a_bomb_is_refused(server, echo):
    error = await failure(echo.Unary(Ask(payload=bytes(100 * MEGABYTE)), compression=grpc.Compression.Gzip))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await echo.Unary(Ask(text="still here"))).text == "still here"


async def test_a_handler_knows_its_caller_and_its_deadline(echo):
    peer, remaining, cancelled = (await echo.Unary(Ask(act="context"), timeout=60)).lines
    assert peer.startswith("ipv4:127.0.0.1:")
    assert 50 < float(remaining) < 61
    assert cancelled == "False"
    assert (await echo.Unary(Ask(act="context"))).lines[1] == "none"


async def test_a_done_callback_runs(echo):
    key = uuid.uuid4().hex
    await echo.Unary(Ask(act="callback", key=key))
    assert list((await echo.Noted(Ask(key=key))).lines) == ["done"]


async def test_health_says_serving_and_knows_the_services(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", "doors.test.v1.Echo"):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    error = await failure(health.Check(health_pb2.HealthCheckRequest(service="nobody")))
    assert error.code() is grpc.StatusCode.NOT_FOUND


async def test_health_lists_its_services(channel):
    listed = await health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest())
    assert set(listed.statuses) == {"", "doors.test.v1.Echo"}


async def test_health_can_be_watched(channel):
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
    assert (await asyncio.wait_for(watch.read(), 5)).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


async def test_reflection_lists_the_services_where_it_was_asked_for(channel):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    answer = (await all_of(stub.ServerReflectionInfo(iter([request]))))[0]
    assert "doors.test.v1.Echo" in {service.name for service in answer.list_services_response.service}
