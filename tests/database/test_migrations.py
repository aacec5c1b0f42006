"""The migrations build what the tables say, once, however often and by however many they are run."""

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import opened
from sqlalchemy import inspect, select, text

from doorstepd.database.migrate import migrate
from doorstepd.database.tables import epochs, metadata


async def test_the_migrations_build_exactly_the_tables(bare_url):
    async with opened(bare_url) as database:
        await migrate(database)

        def differences(connection):
            return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)

        async with database.reading() as c:
            assert await c.run_sync(differences) == []


async def test_migrating_again_changes_nothing(bare_url):
    async with opened(bare_url) as database:
        first = await migrate(database)
        async with database.reading() as c:
            epoch = (await c.execute(select(epochs.c.epoch))).scalar_one()
        assert await migrate(database) == first
        async with database.reading() as c:
            assert (await c.execute(select(epochs.c.epoch))).scalars().all() == [epoch]


async def test_processes_that_migrate_at_once_all_succeed(bare_url):
    async with opened(bare_url) as one, opened(bare_url) as two, opened(bare_url) as three:
        versions = await asyncio.gather(*(migrate(database) for database in (one, two, three)))
        assert len(set(versions)) == 1
        async with two.reading() as c:
            assert len((await c.execute(select(epochs.c.epoch))).all()) == 1


async def test_tables_made_in_a_transaction_that_fails_are_gone(bare_url):
    async def half(database):
        async with database.writing() as c:
            await c.execute(text("CREATE TABLE half (a INTEGER)"))
            raise ZeroDivisionError

    async with opened(bare_url) as database:
        with pytest.raises(ZeroDivisionError):
            await half(database)
        async with database.reading() as c:
            assert "half" not in await c.run_sync(lambda connection: inspect(connection).get_table_names())
