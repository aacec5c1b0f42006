"""The demo: a day of orders, recorded carrier pushes and recorded rounds, played through the real service."""
