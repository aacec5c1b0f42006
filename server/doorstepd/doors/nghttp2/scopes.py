"""A request as ASGI says it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

import ngh2

_ASGI = {"version": "3.0", "spec_version": "2.5"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection comes from, and how."""

    client: tuple[str, int] | None
    scheme: str

    @classmethod
    def of(cls, transport: asyncio.BaseTransport) -> Self:
        """As the transport tells."""
        peer = transport.get_extra_info("peername")
        scheme = "http" if transport.get_extra_info("ssl_object") is None else "https"
        return cls((peer[0], peer[1]) if isinstance(peer, tuple) else None, scheme)


def scope_of(fields: tuple[ngh2.Header, ...], origin: Origin) -> dict[str, Any]:
    """The scope of a request with these fields, the pseudo-header fields among them."""
    method, target, has_authority = b"", b"/", False
    headers: list[tuple[bytes, bytes]] = []
    for pair in fields:
        name = pair[0]
        if name[:1] != b":":
            if name != b"host" or not has_authority:
                headers.append(pair)
        elif name == b":method":
            method = pair[1]
        elif name == b":path":
            target = pair[1]
        elif name == b":authority":
            has_authority = True  # it stands first, and goes before a host of another name
            headers.append((b"host", pair[1]))
    raw_path, _, query = target.partition(b"?")
    path = raw_path.decode("latin-1")
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "2",
        "method": method.decode("latin-1"),
        "scheme": origin.scheme,
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": origin.client,
        "server": None,
        "extensions": {"http.response.trailers": {}},
    }
