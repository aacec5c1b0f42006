"""Opens a door: starts its worker processes, restarts one that dies, and drains them on the way out."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Self, get_args

import structlog

from doorstepd.doors import scrape
from doorstepd.doors.opening import Opening
from doorstepd.doors.ports import held, settle
from doorstepd.doors.worker import CONTROL, WORKER

log = structlog.get_logger(__name__)

DoorName = Literal["envoy", "nghttp2", "grpcio"]
DOORS: tuple[DoorName, ...] = get_args(DoorName)
"""In the order in which they are to be preferred."""

_START_SECONDS = 60.0
_RESTART_SECONDS = (0.2, 10.0)


class DidNotOpen(Exception):
    """The door did not open; what went wrong is in the log above."""


class WorkerProcess:
    """One worker: its process, and our end of the socket pair to it."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self.process = process
        self._control = control
        control.setblocking(False)

    async def hears(self, word: bytes, seconds: float) -> bool:
        """Whether the worker says `word` within `seconds`. False at once when it ends."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError, OSError):
            said = await asyncio.wait_for(loop.sock_recv(self._control, 64), seconds)
            return said.strip() == word
        return False

    async def stop(self, grace: float) -> None:
        """Drains, then ends the process; kills it when it does not go."""
        with contextlib.suppress(OSError):
            self._control.send(b"drain\n")
        await self.hears(b"drained", 2 * grace + 5)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 10)
                break
        self.close()

    def close(self) -> None:
        """Lets go of the socket pair."""
        self._control.close()


class OpenDoor:
    """A door's worker processes, from `open` to `close`; also an async context manager."""

    def __init__(self, door: DoorName, opening: Opening, environment: Mapping[str, str] | None = None) -> None:
        self._door = door
        self._environment = environment or {}
        wanted = [opening.port] if door != "grpcio" else [opening.port, opening.http_port]
        # Held, not listening: nobody gets a port that was free between the choice and the worker, or between two
        # workers. One that was asked for is not shared by a single worker, as a server that somebody forgot may do so.
        shared = opening.workers > 1 or not all(wanted)
        self._held = [held(opening.host, port) for port in wanted] if shared else []
        ports = [one.getsockname()[1] for one in self._held] or [settle(opening.host, port) for port in wanted]
        self.opening = opening.at(ports[0], ports[-1], shared=shared)
        self._workers: dict[int, WorkerProcess] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._closing = False

    @property
    def target(self) -> str:
        """Where gRPC is served, `host:port`."""
        return f"{self.opening.host}:{self.opening.port}"

    @property
    def http_url(self) -> str:
        """Where HTTP and gRPC-Web are served."""
        return f"http{'s' if self.opening.tls else ''}://{self.opening.host}:{self.opening.http_port}"

    @property
    def pids(self) -> list[int]:
        """The worker processes that run now, in the order of their numbers."""
        return [worker.process.pid for _, worker in sorted(self._workers.items())]

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Starts the workers and waits until all answer. Raises DidNotOpen."""
        starting = [self._start(number) for number in range(self.opening.workers)]
        ready = await asyncio.gather(*starting)
        if not all(ready):
            await self.close()
            raise DidNotOpen
        self._keepers = [asyncio.create_task(self._keep(number)) for number in range(self.opening.workers)]
        log.info("open", door=self._door, target=self.target, http=self.http_url, workers=self.opening.workers)

    async def close(self) -> None:
        """Drains and ends every worker."""
        self._closing = True
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*(worker.stop(self.opening.grace) for worker in self._workers.values()))
        for one in self._held:
            one.close()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        async with self:
            await asked.wait()

    async def _start(self, number: int) -> bool:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"doorstepd.doors.{self._door}",
                pass_fds=(theirs.fileno(),),
                env={
                    **os.environ,
                    **self._environment,
                    **self.opening.environment(),
                    CONTROL: str(theirs.fileno()),
                    WORKER: str(number),
                },
                start_new_session=True,  # Ctrl-C is for the supervisor, which drains first
            )
        self._workers[number] = worker = WorkerProcess(process, ours)
        return await worker.hears(b"ready", _START_SECONDS) and await self._listens(worker)

    async def _listens(self, worker: WorkerProcess) -> bool:
        """Waits until the port is open: Envoy opens it a moment after Python inside it is ready."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.opening.host, self.opening.host)  # noqa: S104
        while worker.process.returncode is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, self.opening.port)
                writer.close()
                return True
            await asyncio.sleep(0.01)
        return False

    async def _keep(self, number: int) -> None:
        shortest, longest = _RESTART_SECONDS
        pause = shortest
        while True:
            worker = self._workers[number]
            status = await worker.process.wait()
            log.error("a worker ended and is started again", door=self._door, worker=number, status=status)
            worker.close()
            scrape.forget(worker.process.pid)
            await asyncio.sleep(pause)
            pause = shortest if await self._start(number) else min(longest, 2 * pause)
