"""Whose number is this? Only the shape is known, so there may be several answers, or none.

The shapes are data, each with where it comes from; the more particular one stands first.
"""

import json
import re
from functools import cache
from importlib.resources import files


def guess(tracking_number: str) -> tuple[str, ...]:
    """The carriers whose numbers look like this, the most likely first."""
    number = "".join(tracking_number.split()).upper()
    found = (carrier for carrier, shape in _shapes() if shape.fullmatch(number))
    return tuple(dict.fromkeys(found))


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = json.loads((files("doorstepd.carriers.tables") / "number_shapes.json").read_text("utf-8"))
    return tuple((row["carrier"], re.compile(row["shape"], re.ASCII)) for row in rows)
