"""Resume tokens: how far a watch has come.

A token holds the store's epoch, a digest of what was watched, and the last revision sent of each parcel: for each
watched order the count and the revisions in order of parcel numbers, then those of the parcels watched by themselves.
It holds no ID and gives no right: whoever presents it must be allowed to watch by other means.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from doorstepd.live.ports import Targets

_VERSION = 1
_DIGEST_SIZE = 9
_LONGEST = 64 * 1024
_LARGEST = 2**63


class BadToken(Exception):
    """The resume token is not one of ours, or of another watch."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Revisions already sent. `orders` has one tuple for each watched order, `parcels` one number a parcel."""

    epoch: int
    orders: tuple[tuple[int, ...], ...] = ()
    parcels: tuple[int, ...] = ()


START = base64.urlsafe_b64encode(b"\x00").decode().rstrip("=")
"""A token that begins anew: sent where nothing else could be promised."""


def digest(merchant_id: str, targets: Targets) -> bytes:
    """Names what is watched; the same for the same IDs in the same order."""
    hasher = hashlib.blake2b(digest_size=_DIGEST_SIZE)
    for part in (merchant_id, *targets.orders, "", *targets.parcels):
        hasher.update(len(part.encode()).to_bytes(4, "big") + part.encode())
    return hasher.digest()


def encode(progress: Progress, digest_of_targets: bytes) -> str:
    """The token, url-safe."""
    numbers: list[int] = [progress.epoch]
    for order in progress.orders:
        numbers += (len(order), *order)
    numbers += progress.parcels
    return to_text(bytes((_VERSION,)) + digest_of_targets + _varints(numbers))


def to_text(raw: bytes) -> str:
    """Base64 for URLs without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(token: str, digest_of_targets: bytes, targets: Targets) -> Progress | None:
    """How far the watch had come; None for `START`. Raises BadToken, and nothing else, whatever the text."""
    if token == START:
        return None
    raw = _raw(token)
    if raw[:1] != bytes((_VERSION,)) or raw[1 : 1 + _DIGEST_SIZE] != digest_of_targets:
        raise BadToken
    numbers = _Numbers(raw, 1 + _DIGEST_SIZE)
    epoch = numbers.next()
    orders = tuple(numbers.take(numbers.next()) for _ in targets.orders)
    parcels = numbers.take(len(targets.parcels))
    if not numbers.at_end:
        raise BadToken
    return Progress(epoch, orders, parcels)


def _raw(token: str) -> bytes:
    if len(token) > _LONGEST:
        raise BadToken
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadToken from None
    # Base64 has several spellings of the same bytes; ours is one of them.
    if to_text(raw) != token:
        raise BadToken
    return raw


def _varints(numbers: Iterable[int]) -> bytes:
    out = bytearray()
    for number in numbers:
        while number > 0x7F:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)
    return bytes(out)


class _Numbers:
    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self._at = at

    @property
    def at_end(self) -> bool:
        return self._at == len(self._raw)

    def take(self, count: int) -> tuple[int, ...]:
        if count > len(self._raw) - self._at:
            raise BadToken
        return tuple(self.next() for _ in range(count))

    def next(self) -> int:
        number = shift = 0
        while self._at < len(self._raw):
            byte = self._raw[self._at]
            self._at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if number >= _LARGEST or (byte == 0 and shift > 7):
                    break
                return number
            if shift > 63:
                break
        raise BadToken


def progress_of(
    epoch: int, orders: Sequence[Sequence[str]], parcels: Sequence[str], revisions: dict[str, int]
) -> Progress:
    """The progress of a watch over these parcels."""
    return Progress(
        epoch,
        tuple(tuple(revisions[parcel] for parcel in order) for order in orders),
        tuple(revisions[parcel] for parcel in parcels),
    )
