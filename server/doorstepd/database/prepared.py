"""Statements of the hot paths: worded once by SQLAlchemy, run by the driver itself.

SQLAlchemy takes about fifty microseconds a statement, and ten for each row that is written, where SQLite takes ten and
two. A transaction begun with `Database.writing()` or `reading()` may mix both; one that only reads can do without.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
from sqlalchemy import ColumnElement, Dialect, Float, Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from doorstepd.database.engine import Database
from doorstepd.database.inline import InlineConnection
from doorstepd.database.lone_reads import Rows
from doorstepd.database.transactions import driver_of

_Convert = Callable[[Any], Any]


class KeyTaken(Exception):
    """A row of this key is there already; the transaction can only be undone."""


@dataclass(frozen=True, slots=True)
class _Worded:
    """A statement as one kind of database takes it: parameters by place, and the columns of its answer."""

    sql: str
    parameters: tuple[tuple[str, _Convert | None], ...]
    columns: tuple[str, ...]
    readings: tuple[tuple[int, _Convert], ...]

    def arguments(self, named: Mapping[str, Any]) -> list[Any]:
        return [named[name] if write is None else write(named[name]) for name, write in self.parameters]

    def read(self, found: Rows) -> Rows:
        """Rows as the driver gives them, with the values that SQLAlchemy would give."""
        return [self._read(one) for one in found] if self.readings else found

    def _read(self, found: Sequence[Any]) -> list[Any]:
        values = list(found)
        for place, read in self.readings:
            values[place] = read(values[place])
        return values


class Prepared:
    """A statement with named parameters, the same names at each call.

    An INSERT or UPDATE writes the columns that are named in the rows. Where databases differ, a function makes the
    statement.
    """

    def __init__(self, statement: ClauseElement | Callable[[Dialect], ClauseElement]) -> None:
        self._statement = statement
        self._worded: dict[str, _Worded] = {}

    async def fetch(self, within: AsyncConnection | Database, named: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every row, by column: as a transaction sees it, or alone (`Database.fetch_alone`)."""
        worded, found = await self._found(within, named)
        return [dict(zip(worded.columns, one, strict=True)) for one in found]

    async def values(self, within: AsyncConnection | Database, named: Mapping[str, Any]) -> Rows:
        """As `fetch`, each row's values in the order of the columns: cheaper where there are many rows."""
        return (await self._found(within, named))[1]

    async def run(self, c: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each row, in order, in a transaction. Raises KeyTaken."""
        if not rows:
            return
        worded = self.worded(c.dialect, rows[0])
        arguments = [worded.arguments(row) for row in rows]
        driver = _driver(c)
        try:
            if isinstance(driver, sqlite3.Connection):
                driver.executemany(worded.sql, arguments)
            elif driver.is_in_transaction():
                await driver.executemany(worded.sql, arguments)
            else:
                await c.exec_driver_sql(worded.sql, [tuple(one) for one in arguments])
        except (sqlite3.IntegrityError, asyncpg.UniqueViolationError, IntegrityError) as error:
            if _is_of_key(error):
                raise KeyTaken from error
            raise

    async def _found(self, within: AsyncConnection | Database, named: Mapping[str, Any]) -> tuple[_Worded, Rows]:
        worded = self.worded(within.dialect, named)
        arguments = worded.arguments(named)
        if isinstance(within, Database):
            return worded, worded.read(await within.fetch_alone(worded.sql, arguments))
        return worded, worded.read(await _fetch(within, worded.sql, arguments))

    def worded(self, dialect: Dialect, names: Iterable[str]) -> _Worded:
        """As this kind of database takes it; `names` are those of the parameters."""
        worded = self._worded.get(dialect.name)
        if worded is None:
            statement = self._statement(dialect) if callable(self._statement) else self._statement
            worded = self._worded[dialect.name] = _word(statement, list(names), dialect)
        return worded


def insert_or_leave(table: Table) -> Callable[[Dialect], ClauseElement]:
    """An INSERT that leaves alone what is there already."""

    def statement(dialect: Dialect) -> ClauseElement:
        insert: Any = (postgresql if dialect.name == "postgresql" else sqlite).insert
        return cast(ClauseElement, insert(table).on_conflict_do_nothing())

    return statement


def _word(statement: ClauseElement, names: list[str], dialect: Dialect) -> _Worded:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)
    answer = list(statement.selected_columns) if isinstance(statement, Select) else []
    readings = [(place, _reading(one, dialect)) for place, one in enumerate(answer)]
    return _Worded(
        sql=str(compiled),
        parameters=tuple(
            (name, _kept_as(compiled.binds[name], dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ),
        columns=tuple(one.name for one in answer),
        readings=tuple((place, read) for place, read in readings if read is not None),
    )


def _reading(column: ColumnElement[Any], dialect: Dialect) -> _Convert | None:
    if isinstance(column.type, Float):
        return None  # both drivers give floats; SQLAlchemy would ask for the server's number of the type
    return _kept_as(column, dialect).result_processor(dialect, None)


def _kept_as(element: ColumnElement[Any], dialect: Dialect) -> TypeEngine[Any]:
    return element.type.dialect_impl(dialect)


def _driver(c: AsyncConnection) -> Any:
    """The connection of sqlite3 or asyncpg under SQLAlchemy's."""
    driver = driver_of(c)
    return driver.raw if isinstance(driver, InlineConnection) else driver


async def _fetch(c: AsyncConnection, sql: str, arguments: Sequence[Any]) -> Rows:
    driver = _driver(c)
    found: Rows
    if isinstance(driver, sqlite3.Connection):
        found = driver.execute(sql, arguments).fetchall()
    elif driver.is_in_transaction():
        found = await driver.fetch(sql, *arguments)
    else:  # SQLAlchemy begins PostgreSQL's transaction with the first statement that it runs itself
        found = (await c.exec_driver_sql(sql, tuple(arguments))).all()
    return found


def _is_of_key(error: Exception) -> bool:
    """Whether a row of this key is there. Other rules that a row may break are mistakes of ours."""
    of_driver = error.orig if isinstance(error, IntegrityError) else error
    if isinstance(of_driver, sqlite3.IntegrityError):
        return of_driver.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
    return bool(getattr(of_driver, "sqlstate", None) == asyncpg.UniqueViolationError.sqlstate)
