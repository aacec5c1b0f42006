"""Whose number is this? Only the shape is known, so there may be several answers, or none."""

import re

# The more particular shape first. Carriers publish none of these; they are what their numbers look like.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("sf", r"SF\d{12,15}"),
    ("yto", r"YT\d{12,16}"),
    ("jd", r"JD[A-Z]{0,2}\d{10,16}(?:-\d+-\d+-?)?"),
    ("fourpx", r"4PX\d{10,16}CN"),
    ("ems", r"[A-Z]{2}\d{9}CN|1[0-2]\d{11}"),
    ("dhl", r"\d{10}|JJD\d{16,20}|GM\d{15,20}"),
    ("sto", r"77\d{13}|(?:268|368|468|568|668|768)\d{9}"),
    ("zto", r"7[3-9]\d{12}|(?:68|62)\d{10,12}"),
    ("fedex", r"\d{12}|\d{15}"),
)
_COMPILED = tuple((carrier, re.compile(shape)) for carrier, shape in _SHAPES)


def guess(tracking_number: str) -> tuple[str, ...]:
    """The carriers whose numbers look like this, the most likely first."""
    number = "".join(tracking_number.split()).upper()
    return tuple(carrier for carrier, shape in _COMPILED if shape.fullmatch(number))
