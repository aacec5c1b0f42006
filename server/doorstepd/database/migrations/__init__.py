"""Alembic migrations; `doorstepd migrate` applies them."""
