"""What only the Envoy door does."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
import httpx2
import pyqwest
import pytest
from certificates import self_signed
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from eventually import eventually
from h2.connection import H2Connection
from h2.events import StreamEnded, TrailersReceived
from serving import serving, skip_unless_available

from doorstepd.doors.envoy.configuration import arguments, configuration
from doorstepd.doors.envoy.inside import DEPARTURES
from doorstepd.doors.envoy.wheel import environment
from doorstepd.doors.opening import Opening


@pytest.fixture(autouse=True)
def _only_with_envoy():
    skip_unless_available("envoy")


@pytest.fixture
def certificate(tmp_path):
    return self_signed(tmp_path)


def validate(opening):
    """What `envoy --mode validate` says of the configuration for `opening`."""
    reading, writing = os.pipe()
    try:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **opening.environment()}
        env |= environment() | {DEPARTURES: str(reading)}
        command = [*arguments(opening, writing), "--mode", "validate"]
        return subprocess.run(
            command, env=env, pass_fds=(reading, writing), capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.parametrize("options", [{}, {"public": False, "workers": 2, "access_log": True}])
def test_envoy_accepts_the_configuration(options):
    said = validate(Opening(app="echo_app:build", port=19000, **options))
    assert said.returncode == 0, said.stderr[-2000:]


def test_envoy_accepts_the_configuration_with_a_certificate(certificate):
    said = validate(Opening(app="echo_app:build", port=19000, access_log=True, **certificate))
    assert said.returncode == 0, said.stderr[-2000:]


def test_the_configuration_has_no_admin_port_and_no_envoy_defaults_for_windows():
    configured = configuration(Opening(app="x:y", port=1), 9)
    assert "admin" not in configured
    listener = configured["static_resources"]["listeners"][0]
    assert listener["per_connection_buffer_limit_bytes"] == 32768
    connection = listener["filter_chains"][0]["filters"][0]["typed_config"]
    assert connection["http2_protocol_options"]["initial_stream_window_size"] == 65536
    assert connection["http2_protocol_options"]["initial_connection_window_size"] == 1024 * 1024


def test_the_public_door_keeps_the_defence_against_rapid_resets():
    public, internal = (
        configuration(Opening(app="x:y", port=1, public=public), 9)["layered_runtime"]["layers"][0]["static_layer"]
        for public in (True, False)
    )
    assert public["overload.premature_reset_total_stream_count"] == 500
    assert internal["overload.premature_reset_total_stream_count"] > 100_000


async def test_grpc_and_https_are_served_with_a_certificate(certificate):
    async with serving(door="envoy", app="echo_app:build", **certificate) as server:
        credentials = grpc.ssl_channel_credentials(Path(certificate["certificate"]).read_bytes())
        async with grpc.aio.secure_channel(server.target, credentials) as channel:
            assert (await EchoStub(channel).Unary(Ask(text="sealed"))).text == "sealed"
        async with httpx2.AsyncClient(verify=False, base_url=server.http_url) as client:
            response = await client.get("/healthz")
        assert response.text == "ok"
        assert f':{server.opening.port}"' in response.headers["alt-svc"]


async def test_http3_is_served_with_a_certificate(certificate):
    async with serving(door="envoy", app="echo_app:build", **certificate) as server:
        authority = Path(certificate["certificate"]).read_bytes()
        transport = pyqwest.HTTPTransport(tls_ca_cert=authority, http_version=pyqwest.HTTPVersion.HTTP3)
        response = await pyqwest.Client(transport).get(server.http_url.replace("127.0.0.1", "localhost") + "/healthz")
        assert response.status == 200
        assert response.content == b"ok"


async def cancel_many(target, count):
    """Gives up `count` streams on one connection; whether a stream beside them on it lived through that."""
    async with grpc.aio.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        echo = EchoStub(channel)
        beside = echo.Both()
        await beside.write(Ask(text="before"))
        await beside.read()
        for _ in range(count // 40):
            calls = [echo.Down(Ask(act="sleep", count=1, seconds=60, key="many")) for _ in range(40)]
            await asyncio.gather(*(call.read() for call in calls), return_exceptions=True)
            for call in calls:
                call.cancel()
        try:
            await beside.write(Ask(text="after"))
            return (await beside.read()).text == "after"
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):  # the latter when its end is known before the write
            return False


async def test_an_internal_connection_outlives_many_streams_that_are_given_up():
    async with serving(door="envoy", app="echo_app:build", public=False) as server:
        assert await cancel_many(server.target, 3000)


async def test_a_public_connection_with_many_resets_is_closed_and_others_are_not():
    async with (
        serving(door="envoy", app="echo_app:build") as server,
        grpc.aio.insecure_channel(server.target) as channel,
    ):
        other = EchoStub(channel).Both()
        await other.write(Ask(text="a"))
        assert (await other.read()).text == "a"
        assert not await cancel_many(server.target, 3000)
        await other.write(Ask(text="b"))
        assert (await other.read()).text == "b"


async def trailers_of_a_call_without_te(host, port, body):
    """What follows the body when a call does not say that it takes trailers."""
    reader, writer = await asyncio.open_connection(host, port)
    connection = H2Connection()
    connection.initiate_connection()
    path = "/doors.test.v1.Echo/Unary"
    fields = {
        ":method": "POST",
        ":path": path,
        ":scheme": "http",
        ":authority": "x",
        "content-type": "application/grpc",
    }
    connection.send_headers(1, list(fields.items()))
    connection.send_data(1, body, end_stream=True)
    writer.write(connection.data_to_send())
    trailers = {}
    while True:
        for event in connection.receive_data(await asyncio.wait_for(reader.read(65536), 10)):
            if isinstance(event, TrailersReceived):
                trailers = {key.decode(): value.decode() for key, value in event.headers}
            if isinstance(event, StreamEnded):
                writer.close()
                return trailers


async def test_a_caller_behind_a_proxy_that_drops_te_gets_its_status():
    body = b"\0\0\0\0\4" + Ask(text="hi").SerializeToString()
    async with serving(door="envoy", app="echo_app:build") as server:
        trailers = await trailers_of_a_call_without_te(server.opening.host, server.opening.port, body)
    assert trailers["grpc-status"] == "0"


async def test_the_access_log_holds_nothing_of_the_caller(capfd):
    async with serving(door="envoy", app="echo_app:build", access_log=True) as server:
        async with grpc.aio.insecure_channel(server.target) as channel:
            await EchoStub(channel).Unary(Ask(text="13812345678"), metadata=(("authorization", "Bearer secret-token"),))
        async with httpx2.AsyncClient(base_url=server.http_url) as client:
            await client.post("/webhook/merchant-secret?phone=13812345678", content=b"x")
        logged = ""

        def both_logged():
            nonlocal logged
            logged += capfd.readouterr().out
            return logged.count("{") == 2

        await eventually(both_logged, "the log of both")
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert "/doors.test.v1.Echo/Unary" in {line["method"] for line in lines}
    assert "POST" in {line["method"] for line in lines}
    assert not any(word in json.dumps(lines) for word in ("138", "secret", "127.0.0.1:", "Bearer"))
