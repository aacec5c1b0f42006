"""Who the caller is, and how the link is encrypted."""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import grpc

TokenProvider = Callable[[], "str | Awaitable[str]"]


@dataclass(frozen=True, slots=True)
class Tls:
    """Files in PEM: the authority to trust (the system's when None); for mutual TLS also a certificate and its key."""

    authority: Path | str | None = None
    certificate: Path | str | None = None
    key: Path | str | None = None


def channel_credentials(tls: bool | str | Path | Tls | None, target: str) -> grpc.ChannelCredentials | None:
    """What to open the channel with; None is plain text.

    `tls` None means plain text to this machine and TLS to any other, so that a token never crosses a network in clear
    by default; True is TLS with the system's authorities, False is plain text, a path names an authority's certificate.
    """
    if tls is None:
        tls = not is_this_machine(target)
    if tls is False:
        return None
    if tls is True:
        tls = Tls()
    elif not isinstance(tls, Tls):
        tls = Tls(authority=tls)
    return grpc.ssl_channel_credentials(
        root_certificates=_read(tls.authority), private_key=_read(tls.key), certificate_chain=_read(tls.certificate)
    )


def is_this_machine(target: str) -> bool:
    """Whether a gRPC target (`localhost:8443`, `[::1]:8443`, `unix:/run/doorstep`) names this machine."""
    if target.startswith(("unix:", "unix-abstract:")):
        return True
    address = target.rsplit("/", 1)[-1]
    for scheme in ("dns:", "ipv4:", "ipv6:"):
        address = address.removeprefix(scheme)
    host = address[1:].partition("]")[0] if address.startswith("[") else address.rpartition(":")[0] or address
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Tokens:
    """The caller's bearer token: one that stays, or a provider that is asked for a new one when the old is refused."""

    def __init__(self, token: str | None, provider: TokenProvider | None) -> None:
        if token is not None and provider is not None:
            raise ValueError("token, token_provider: give one of the two")
        self._token = token
        self._provider = provider
        self._asking = asyncio.Lock()

    @property
    def renewable(self) -> bool:
        return self._provider is not None

    async def current(self) -> str | None:
        """The token to send; asks the provider if there is none. What the provider raises goes to the caller."""
        async with self._asking:
            if self._token is None and self._provider is not None:
                self._token = await _ask(self._provider)
            return self._token

    def refuse(self, token: str | None) -> None:
        """The server did not accept `token`; the next `current` asks for another, once however many calls report it."""
        if self._provider is not None and token == self._token:
            self._token = None


def bearer(token: str | None) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a token."""
    return () if token is None else (("authorization", f"Bearer {token}"),)


async def _ask(provider: TokenProvider) -> str:
    # A plain function may block on the network, so it is kept off the event loop.
    answer = provider() if inspect.iscoroutinefunction(provider) else await asyncio.to_thread(provider)
    return await answer if inspect.isawaitable(answer) else answer


def _read(path: Path | str | None) -> bytes | None:
    return None if path is None else Path(path).read_bytes()
