"""The database: one engine, the tables, and their migrations. Queries live in the rooms, in `<room>/store.py`.

A statement is SQLAlchemy's, or on a hot path `Prepared`, and then the driver runs it. It is run in a transaction,
`Database.reading()` or `writing()`; a `Prepared` one that only reads may also be run alone, given the `Database`.
"""

from doorstepd.database.engine import Database

__all__ = ["Database"]
