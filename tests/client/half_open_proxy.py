"""A TCP proxy whose connections can go dead without being closed, as when a router forgets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class HalfOpenProxy:
    """Forwards to a port of this machine. `kill_links` leaves today's connections open and swallows what they carry."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._generation = 0
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.target = ""

    def kill_links(self) -> None:
        self._generation += 1

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers += [writer, onward_writer]
        for source, sink in ((reader, onward_writer), (onward_reader, writer)):
            pump = asyncio.create_task(self._pump(source, sink, self._generation))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, generation: int) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if generation == self._generation:
                    sink.write(data)
                    await sink.drain()
        sink.close()

    async def close(self) -> None:
        for pump in list(self._pumps):
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def half_open_proxy(target: str) -> AsyncIterator[HalfOpenProxy]:
    proxy = HalfOpenProxy(int(target.rpartition(":")[2]))
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.target = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
