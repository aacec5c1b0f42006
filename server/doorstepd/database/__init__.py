"""The database: one engine, the tables, and their migrations. Queries live in the rooms, in `<room>/store.py`."""

from doorstepd.database.engine import Database

__all__ = ["Database"]
