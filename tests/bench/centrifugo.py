"""Centrifugo itself, as its documentation sets it up: the Redis engine, the unidirectional stream over gRPC.

Run as a program it becomes the server, and says on its first line where it listens.
"""

import json
import os
import socket
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import sides
from machine import GO

NAME = "Centrifugo"
BINARY = GO / "centrifugo"
METHOD = "/centrifugal.centrifugo.unistream.CentrifugoUniStream/Consume"
CHANNEL = "centrifugo.client."
_SUBS = 3 << 3 | 2
"""`ConnectRequest.subs`: a map of channels to how they are subscribed to."""
_KEY = 1 << 3 | 2


def peers(redis_url: str) -> list[tuple[str, ...]]:
    """Name and command, if it is built and wanted."""
    if not BINARY.exists() or sides.only not in NAME:
        return []
    return [(NAME, sys.executable, __file__, redis_url)]


def request(couriers: str) -> bytes:
    """A `ConnectRequest` that subscribes to the channels of these couriers, named with commas between them."""
    entries = (bytes((_KEY, len(name))) + name.encode() for name in couriers.split(","))
    return b"".join(bytes((_SUBS, len(entry))) + entry for entry in entries)


def configuration(redis_url: str, port: int, http_port: int) -> dict[str, Any]:
    """Its settings: anybody may connect and subscribe, as the peers have it, and no limit is in the way."""
    return {
        "log": {"level": "error"},
        "engine": {"type": "redis", "redis": {"address": [redis_url]}},
        "uni_grpc": {"enabled": True, "address": "127.0.0.1", "port": port},
        "http_server": {"address": "127.0.0.1", "port": str(http_port)},
        "client": {
            "insecure": True,
            "allow_anonymous_connect_without_token": True,
            "channel_limit": 100_000,
            "queue_max_size": 64 << 20,
        },
        "channel": {
            "without_namespace": {"allow_subscribe_for_client": True, "allow_subscribe_for_anonymous": True},
        },
        "usage_stats": {"disabled": True},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _say_when_open(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                print(f"127.0.0.1:{port}", flush=True)
                return
        time.sleep(0.1)


def main(redis_url: str) -> None:
    """The server takes this process's place, so that its CPU is what is measured; a child tells when it is open."""
    port = _free_port()
    written = Path(mkdtemp()) / "config.json"
    written.write_text(json.dumps(configuration(redis_url, port, _free_port())))
    if os.fork() == 0:
        _say_when_open(port)
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.execv(BINARY, [str(BINARY), "--config", str(written)])


if __name__ == "__main__":
    main(sys.argv[1])
