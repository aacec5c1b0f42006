"""The files that an operator writes for a merchant: its keys at carriers, and what it has chosen."""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

_LARGEST = 64 * 1024
RADIUS_M = (100.0, 20_000.0)
"""The least and the most that a bell's radius may be."""


class BadFile(ValueError):
    """What is wrong with the file, naming the field; never a value, as that may be a secret."""


def read_credentials(path: Path, names: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """Keys by provider and by the provider's own name for them; `names` are those that each provider knows.

    Raises BadFile.
    """
    content = _object(path)
    for provider, keys in content.items():
        if provider not in names:
            raise BadFile(f"{provider}: no such provider; there are {', '.join(names)}")
        if not isinstance(keys, dict):
            raise BadFile(f"{provider}: must be an object of keys by their names")
        for name, value in keys.items():
            if name not in names[provider]:
                raise BadFile(f"{provider}.{name}: no such key; {provider} has {', '.join(names[provider])}")
            if not isinstance(value, str) or not value.strip():
                raise BadFile(f"{provider}.{name}: must be a text that is not empty")
    return content


def read_settings(path: Path, parsers: Mapping[str, Callable[[Any], object]]) -> dict[str, Any]:
    """What a merchant has chosen. `parsers` try a setting, raising ValueError; `radius_m` is known here.

    Raises BadFile.
    """
    content = _object(path)
    for name, value in content.items():
        if name == "radius_m":
            _check_radius(value)
        elif name not in parsers:
            raise BadFile(f"{name}: no such setting; there are radius_m, {', '.join(parsers)}")
        else:
            _try(name, value, parsers[name])
    return content


def _check_radius(value: object) -> None:
    least, most = RADIUS_M
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadFile(f"radius_m: must be {least:g} to {most:g} metres")


def _try(name: str, value: object, parse: Callable[[Any], object]) -> None:
    try:
        parse(value)
    except ValueError as error:
        text = str(error)
        raise BadFile(text if text.startswith(name) else f"{name}: {text}") from None
    except (AttributeError, TypeError):
        raise BadFile(f"{name}: must be a text") from None


def _object(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except OSError:
        raise BadFile(f"{path} cannot be read") from None
    try:
        content = json.loads(text, object_pairs_hook=_each_once) if len(text) <= _LARGEST else None
    except BadFile:
        raise
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise BadFile(f"{path} must hold one JSON object")
    return content


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON would take the last of two settings of one name, and say nothing."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise BadFile(f"{next(name for name in names if names.count(name) > 1)}: is there twice")
    return found
