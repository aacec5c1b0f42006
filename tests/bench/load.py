"""The clients: the compiled generator, and what it is told to do."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from machine import GO, LOAD_CORE, on_core

GENERATOR = GO / "load"
SERVICE = "/doorstep.tracking.v1"


class LoadFailed(Exception):
    """The load generator could not do what the plan says."""


def encoded(message: Any) -> str:
    """A message as plans carry it."""
    return b64encode(message.SerializeToString()).decode()


def watch(streams: Iterable[dict[str, str]], *, method: str = "WatchOrder", fleet: bool = False) -> dict[str, Any]:
    """Watchers; see `Stream` in the generator."""
    return {"Method": f"{SERVICE}.LiveService/{method}", "Fleet": fleet, "Streams": list(streams)}


def unary(method: str, token: str, requests: Iterable[Any], **more: Any) -> dict[str, Any]:
    """Callers of a TrackingService method."""
    asked = [encoded(one) for one in requests]
    return {"Method": f"{SERVICE}.TrackingService/{method}", "Token": token, "Requests": asked, **more}


def report(couriers: Iterable[dict[str, Any]], rate: float, fixes: int) -> dict[str, Any]:
    """Couriers who report."""
    method = f"{SERVICE}.IngestService/ReportPositions"
    return {"Method": method, "Rate": rate, "Fixes": fixes, "Couriers": list(couriers)}


class Load:
    """A generator that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def window(self, seconds: float) -> dict[str, Any]:
        """Measures for so long; see `Result` in the generator."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n".encode())
        result: dict[str, Any] = json.loads(await self.line())
        if result["errors"]:
            raise LoadFailed(f"{result['errors']} errors, the last: {result.get('error')}")
        return result

    async def line(self) -> str:
        """The next line that it says. Raises LoadFailed at its end."""
        assert self._process.stdout is not None
        text = (await asyncio.wait_for(self._process.stdout.readline(), 75)).decode().strip()
        if not text or text.startswith("failed:"):
            raise LoadFailed(text or "the generator ended")
        return text


@asynccontextmanager
async def running(target: str, connections: int, **parts: dict[str, Any]) -> Any:
    """A generator with all its streams open. `parts`: Watch, Unary, Report."""
    with TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        plan.write_text(json.dumps({"Target": target, "Connections": connections, **parts}))
        with on_core(LOAD_CORE):
            process = await asyncio.create_subprocess_exec(
                str(GENERATOR),
                str(plan),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 20,
            )
        one = Load(process)
        try:
            if await one.line() != "ready":
                raise LoadFailed("the generator is not ready")
            yield one
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
