"""Reading values of payloads that keep no promise: numbers as text, null for empty, one object for a list of one."""

from collections.abc import Mapping
from typing import Any

Object = Mapping[str, Any]


def text(value: Any) -> str:
    """A string or number as stripped text; anything else, and null, is empty."""
    if isinstance(value, str):
        return value.replace("\x00", "").strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def first(source: Object, *names: str) -> str:
    """The first of these fields that is not empty."""
    return next((found for name in names if (found := text(source.get(name)))), "")


def flag(value: Any) -> bool:
    """True for true, 1 and their spellings as text in any case."""
    return value is True or text(value).lower() in ("true", "1")


def whole(value: Any) -> int | None:
    """An integer written in any way, or None."""
    try:
        return int(text(value))
    except ValueError:
        return None


def child(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; a single object counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
