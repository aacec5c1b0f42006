"""What a driver's error says of the database: that it cannot be reached now, or that we asked for something wrong.

Told apart in this one place, as the drivers and SQLAlchemy raise each kind in several shapes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from doorstepd.errors import Unavailable

_AWAY = ("08", "57P0", "53300")
"""States of PostgreSQL that pass: no connection, shutting down, starting up after a crash, too many connections."""
_AWAY_IN_SQLITE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)


@contextmanager
def outages_told() -> Iterator[None]:
    """Raises Unavailable in place of an error that says that the database cannot be reached."""
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise Unavailable from error
        raise


def is_outage(error: BaseException) -> bool:
    """Whether it says that the database cannot be reached; the same may go well later, or elsewhere."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and _of_driver(error.orig))
    return isinstance(error, PoolTimeout | OSError) or _of_driver(error)


def _of_driver(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in _AWAY_IN_SQLITE
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # else a value that PostgreSQL has no room for
    return str(getattr(error, "sqlstate", None)).startswith(_AWAY)
