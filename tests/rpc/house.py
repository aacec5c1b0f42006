"""The whole service as it is run: `doorstepd serve` in a process of its own, with a shop, its keys and its callers."""

import asyncio
import base64
import copy
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import psutil
from databases import opened
from doorstep.tracking.v1 import (
    ingest_service_pb2_grpc,
    live_service_pb2_grpc,
    reminder_service_pb2_grpc,
    tracking_service_pb2_grpc,
)
from sqlalchemy import text
from valkey_process import ValkeyProcess, valkey_process

from doorstepd.access.callers import Role
from doorstepd.access.merchants import Merchants
from doorstepd.access.permissions import SCOPES
from doorstepd.access.sealing import load_or_create
from doorstepd.access.tokens import Issuer, load_or_create_keys
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.database.migrate import migrate

SHOP = "shop"
OTHER_SHOP = "other"
SERVICES = {
    "TrackingService": tracking_service_pb2_grpc.TrackingServiceStub,
    "LiveService": live_service_pb2_grpc.LiveServiceStub,
    "IngestService": ingest_service_pb2_grpc.IngestServiceStub,
    "ReminderService": reminder_service_pb2_grpc.ReminderServiceStub,
}
_OPEN = re.compile(r"gRPC on (\S+), HTTP on (\S+?)\.\s")


class Daemon:
    """`doorstepd serve`: its process, its workers, and what it says."""

    def __init__(self, door: str, data: Path, environment: dict[str, str], workers: int = 1) -> None:
        self._command = [sys.executable, "-m", "doorstepd", "serve", "--door", door, "--data", str(data)]
        self._command += ["--workers", str(workers)]
        self._environment = environment
        self.log = data / "log.txt"
        self.target = self.http_url = ""
        self._ports = ("0", "0")

    def start(self) -> None:
        """Returns when it is open. After a stop it opens on the same ports."""
        command = [*self._command, "--port", self._ports[0], "--http-port", self._ports[1]]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, env=os.environ | self._environment, text=True
            )
        stdout = self._process.stdout
        assert stdout is not None
        found = next((match for line in stdout if (match := _OPEN.search(line + " "))), None)
        assert found is not None, self.log.read_text()
        self.target, self.http_url = found[1], found[2]
        self._ports = (self.target.rpartition(":")[2], self.http_url.rpartition(":")[2])
        threading.Thread(target=stdout.read, daemon=True).start()

    def another(self) -> "Daemon":
        """The same service, to be started beside this one on ports of its own."""
        it = copy.copy(self)
        it._ports = ("0", "0")
        return it

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def end(self) -> None:
        """Whatever state it is in."""
        for process in [*self.workers(), psutil.Process(self._process.pid)] if self._process.poll() is None else []:
            process.kill()
        self._process.wait(30)

    def workers(self) -> list[psutil.Process]:
        """The worker processes that run now."""
        return [one for one in psutil.Process(self._process.pid).children() if _is_worker(one)]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return any("doorstepd.doors" in word for word in process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just ended
        return False


class House:
    """A running service with two shops, and tokens for everybody."""

    def __init__(self, daemon: Daemon, url: str, data: Path, valkey: ValkeyProcess, secrets: dict[str, str]) -> None:
        self.daemon, self.database_url, self.data, self.valkey = daemon, url, data, valkey
        self.webhook_secrets = secrets
        self._issuer = Issuer(load_or_create_keys(data / "keys"))

    def token(self, role: Role = Role.INTERNAL_SERVICE, merchant_id: str = SHOP, **more: Any) -> str:
        """A bearer token; an internal service gets every scope."""
        if role is Role.INTERNAL_SERVICE:
            more.setdefault("scopes", SCOPES)
        return self._issuer.issue(**{"role": role, "merchant_id": merchant_id, "now": time.time()} | more)

    def caller(self, role: Role = Role.INTERNAL_SERVICE, merchant_id: str = SHOP, **more: Any) -> tuple[Any, ...]:
        """Metadata with that token."""
        return (("authorization", f"Bearer {self.token(role, merchant_id, **more)}"),)

    def customer(self, customer_id: str = "c1", **more: Any) -> tuple[Any, ...]:
        return self.caller(Role.CUSTOMER, customer_id=customer_id, **more)

    def courier(self, courier_id: str = "k1", **more: Any) -> tuple[Any, ...]:
        return self.caller(Role.COURIER, courier_id=courier_id, **more)

    async def stored(self, leave_out: Iterable[str] = ("lookups",)) -> dict[str, int]:
        """How many rows each table has."""
        async with opened(self.database_url) as database, database.reading() as c:
            tables = await self._tables(c, database.sqlite)
            return {
                name: (await c.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one()
                for name in tables
                if name not in leave_out
            }

    async def everything_stored(self) -> bytes:
        """All that the database holds, as bytes to be searched: the SQLite files, or PostgreSQL's rows as text."""
        async with opened(self.database_url) as database:
            if database.sqlite:
                return b"".join(path.read_bytes() for path in sorted(self.data.glob("doorstep.db*")))
            async with database.reading() as c:
                found = []
                for name in await self._tables(c, sqlite=False):
                    found += (await c.execute(text(f"SELECT t::text FROM {name} t"))).scalars().all()
                return "\n".join(found).encode()

    async def _tables(self, c: Any, sqlite: bool) -> list[str]:
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            if sqlite
            else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return sorted((await c.execute(text(query))).scalars())


class Stubs:
    """Every service over one channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.tracking, self.live, self.ingest, self.reminders = (stub(channel) for stub in SERVICES.values())

    def method(self, path: str) -> Any:
        """The stub of "/package.Service/Method"."""
        service, _, name = path.rpartition("/")
        stub = service.rpartition(".")[2]
        return getattr(
            dict(zip(SERVICES, (self.tracking, self.live, self.ingest, self.reminders), strict=True))[stub], name
        )


@contextmanager
def house(door: str, data: Path, database_url: str = "", *, workers: int = 1, **environment: str) -> Iterator[House]:
    """A service that is open, ended afterwards."""
    url = database_url or f"sqlite+aiosqlite:///{data.resolve()}/doorstep.db"
    secrets = in_a_thread(_move_in(url, data))
    with valkey_process() as valkey:
        settings = {
            "DOORSTEP_REDIS_URL": valkey.url,
            "DOORSTEP_DATABASE_URL": database_url,
            "DOORSTEP_ASK_CARRIERS": "false",
        }
        daemon = Daemon(door, data, settings | environment, workers)
        daemon.start()
        try:
            yield House(daemon, url, data, valkey, secrets)
        finally:
            daemon.end()


async def _move_in(url: str, data: Path) -> dict[str, str]:
    async with opened(url) as database:
        await migrate(database)
        merchants = Merchants(database, load_or_create(data / "keys" / "sealing.json"))
        created = [
            await merchants.create(name, name, datetime.now(UTC), credentials=TEST_CREDENTIALS)
            for name in (SHOP, OTHER_SHOP)
        ]
    return {one.merchant_id: one.webhook_secret for one in created}


def in_a_thread(work: Any) -> Any:
    """Runs it where no other loop does."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return found[0]


def kdniao_push(*tracks: dict[str, Any], key: str = TEST_CREDENTIALS["kdniao"]["ApiKey"]) -> dict[str, str]:
    """The form of a signed push."""
    content = {
        "EBusinessID": "1000001",
        "PushTime": _china(datetime.now(UTC)),
        "Count": str(len(tracks)),
        "Data": tracks,
    }
    return signed_form(json.dumps(content, ensure_ascii=False), key)


def signed_form(data: str, key: str = TEST_CREDENTIALS["kdniao"]["ApiKey"]) -> dict[str, str]:
    """The form of a push with this content."""
    signature = base64.b64encode(hashlib.md5((data + key).encode()).hexdigest().encode()).decode()
    return {"RequestData": data, "RequestType": "102", "DataSign": signature}


def kdniao_track(number: str, *traces: tuple[datetime, str, str], carrier: str = "ZTO", **more: Any) -> dict[str, Any]:
    """One parcel of a push; a trace is (when, sentence, action code)."""
    rows = [{"AcceptTime": _china(when), "AcceptStation": said, "Action": code} for when, said, code in traces]
    last = rows[-1]["Action"] if rows else "0"
    usual = {"ShipperCode": carrier, "LogisticCode": number, "Success": True, "State": last[:1], "StateEx": last}
    return usual | {"Traces": rows} | more


def _china(moment: datetime) -> str:
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M:%S")
