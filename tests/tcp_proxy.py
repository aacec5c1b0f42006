"""A TCP proxy that misbehaves on request: passes, delays, swallows everything, or resets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TcpProxy:
    """Listens on `port`; set `mode` to "pass", "delay" (by `seconds`), "blackhole" or call `reset()`."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.mode = "pass"
        self.seconds = 0.0
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if self.mode == "delay":
                    await asyncio.sleep(self.seconds)
                # Swallowed for good, as by a firewall that forgot the connection.
                if self.mode != "blackhole":
                    sink.write(data)
        if self.mode != "blackhole":
            sink.close()

    def reset(self) -> None:
        """Cuts every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


@asynccontextmanager
async def tcp_proxy(target_port: int) -> AsyncIterator[TcpProxy]:
    """A proxy in front of a local port."""
    proxy = TcpProxy(target_port)
    server = await asyncio.start_server(proxy._accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.reset()
        for task in list(proxy._tasks):
            task.cancel()
