"""HTTP/2 and HTTP/1.1 behind a certificate."""

import asyncio
import socket
import ssl
import warnings
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from certificates import self_signed
from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub
from raw_http2 import PREFACE, answers_in, assert_discreet, call, introduced, settings
from serving import serving

GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sealed(certificate):
    async with serving(door="nghttp2", app="echo_app:build", **certificate) as opened:
        yield opened


@pytest.fixture
def context(certificate):
    """A caller who trusts the server and speaks both."""
    context = ssl.create_default_context(cafile=certificate["certificate"])
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


async def test_http2_is_agreed_on_with_who_speaks_both(sealed, context):
    async with introduced(sealed.opening.port, ssl=context) as wire:
        assert wire.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
        await wire.send(call(1, text="sealed"))
        assert answers_in((await wire.heard(1)).body)[0].text == "sealed"


async def reply_to(port, context, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    try:
        writer.write(said)
        agreed = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        return agreed, await asyncio.wait_for(reader.read(), 4)
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("spoken", [["http/1.1"], []], ids=["agreed", "not asked"])
async def test_http1_is_spoken_with_who_speaks_nothing_else(sealed, certificate, spoken):
    context = ssl.create_default_context(cafile=certificate["certificate"])
    if spoken:
        context.set_alpn_protocols(spoken)
    agreed, reply = await reply_to(sealed.opening.port, context, GET)
    assert agreed == (spoken[0] if spoken else None)
    assert reply.startswith(b"HTTP/1.1 200")
    assert reply.endswith(b"ok")


async def test_grpcio_calls_over_tls(sealed, certificate):
    credentials = grpc.ssl_channel_credentials(Path(certificate["certificate"]).read_bytes())
    target = sealed.target.replace("127.0.0.1", "localhost")
    async with grpc.aio.secure_channel(target, credentials) as channel:
        big = bytes(1_000_000)
        assert (await EchoStub(channel).Unary(Ask(text="sealed", payload=big), timeout=4)).payload == big


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_tls_that_is_too_old_is_refused(sealed, certificate, version):
    context = ssl.create_default_context(cafile=certificate["certificate"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await reply_to(sealed.opening.port, context, GET)


async def test_tls_1_2_is_taken(sealed, context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with introduced(sealed.opening.port, ssl=context) as wire:
        assert await wire.ping()


@pytest.mark.parametrize(
    "said", [GET, PREFACE + settings(), b"\x16\x03\x01\x00\x05hello", b"\0" * 100], ids=["GET", "h2", "TLS", "zeros"]
)
async def test_who_speaks_no_tls_gets_no_answer(sealed, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", sealed.opening.port)
    writer.write(said)
    try:
        reply = await asyncio.wait_for(reader.read(), 4)
    except ConnectionError:
        reply = b""
    writer.transport.abort()
    assert not reply.startswith(b"HTTP/")
    assert_discreet(reply)


async def test_connections_that_break_in_the_middle_of_tls_write_no_traceback(certificate, context, capfd):
    async with serving(door="nghttp2", app="echo_app:build", **certificate) as server:
        for said in (b"\x16\x03\x01", GET, b""):
            with socket.create_connection(("127.0.0.1", server.opening.port)) as plain:
                plain.sendall(said)
        async with introduced(server.opening.port, ssl=context) as wire:
            await wire.send(call(1, "Down", act="flood", payload=bytes(10_000), key="tls"))
            await wire.next()
        async with introduced(server.opening.port, ssl=context) as wire:
            assert await wire.ping()
    told = "".join(capfd.readouterr())
    assert "Traceback" not in told
    assert "Unhandled" not in told
