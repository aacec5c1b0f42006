"""IDs that callers choose, and the names made from them. Everything that enters a key or a channel passes here."""

import hashlib
import re
import unicodedata
import zlib

from doorstepd.errors import InvalidRequest, Violation

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}")

SHARDS = 16


def is_id(text: str) -> bool:
    """Whether `text` may be an ID: 1 to 64 of A-Z a-z 0-9 . _ : - and beginning with a letter or digit."""
    return _ID.fullmatch(text) is not None


def checked_id(field: str, text: str) -> str:
    """The ID, or InvalidRequest naming `field`."""
    if is_id(text):
        return text
    found = "it is empty" if not text else "it has other characters or is too long"
    raise InvalidRequest(Violation(field, f"must be 1 to 64 of A-Z a-z 0-9 . _ : - ; {found}"))


def parcel_id(order_id: str, number: int) -> str:
    """The ID of an order's n-th parcel where the merchant gives none; an ID itself, however long the order's is."""
    plain = f"{order_id}-{number}"
    if is_id(plain):
        return plain
    return f"{order_id[:44]}-{hashlib.blake2b(order_id.encode(), digest_size=6).hexdigest()}-{number}"


def tracking_number(written: str) -> str:
    """The number as it is kept and looked for: in capitals, without blanks, whoever writes it and how."""
    plain = written if written.isascii() else unicodedata.normalize("NFKC", written)
    return "".join(plain.split()).upper()


def shard(key: str) -> int:
    """Which of the SHARDS channels a courier or parcel is spoken of on; the same in every process."""
    return zlib.crc32(key.encode()) % SHARDS
