"""A server that shows a certificate, and one that asks for the client's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from doorstep import Client, DoorstepError, RetryPolicy, Tls
from doorstep.tracking.v1.tracking_service_pb2_grpc import add_TrackingServiceServicer_to_server
from scripted_server import ScriptedTracking

ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """A folder with `cert.pem` and `key.pem` of a server called localhost, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(private)
    return tmp_path


@asynccontextmanager
async def secure_server(pem: Path, *, mutual: bool) -> AsyncIterator[str]:
    server = grpc.aio.server()
    add_TrackingServiceServicer_to_server(ScriptedTracking(), server)
    certificate, key = (pem / "cert.pem").read_bytes(), (pem / "key.pem").read_bytes()
    credentials = grpc.ssl_server_credentials([(key, certificate)], certificate if mutual else None, mutual)
    port = server.add_secure_port("localhost:0", credentials)
    await server.start()
    try:
        yield f"localhost:{port}"
    finally:
        await server.stop(None)


async def test_a_server_is_trusted_by_the_authority_given(pem: Path) -> None:
    async with secure_server(pem, mutual=False) as target, Client(target, tls=pem / "cert.pem") as client:
        assert (await client.get_order("o1")).order_id == "o1"


async def test_a_server_of_an_unknown_authority_is_not_called(pem: Path) -> None:
    async with secure_server(pem, mutual=False) as target, Client(target, tls=True, retry=ONCE) as client:
        with pytest.raises(DoorstepError) as raised:
            await client.get_order("o1")
    assert raised.value.code is grpc.StatusCode.UNAVAILABLE


async def test_a_server_that_asks_for_a_certificate_gets_it(pem: Path) -> None:
    tls = Tls(authority=pem / "cert.pem", certificate=pem / "cert.pem", key=pem / "key.pem")
    async with secure_server(pem, mutual=True) as target:
        async with Client(target, tls=tls) as client:
            assert (await client.get_order("o1")).order_id == "o1"
        async with Client(target, tls=pem / "cert.pem", retry=ONCE) as client:
            with pytest.raises(DoorstepError):
                await client.get_order("o1")
