"""Whom to ask about a parcel: the carrier itself where the merchant has its keys, else the aggregators. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from doorstepd.access.phones import to_ascii
from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.guess import guess

AGGREGATORS = ("kdniao", "kuaidi100", "track17", "aftership")
"""In the order in which they are asked."""

# These find the carrier out by themselves; the others want to be told.
_RECOGNISES = frozenset({"track17", "aftership"})
# Answer only with the last digits of the sender's or recipient's phone; so do the aggregators about their parcels.
_WANTS_PHONE = frozenset({"sf", "zto"})
_MOST_ATTEMPTS = 6
_TAIL = 4


@dataclass(frozen=True, slots=True)
class Attempt:
    """One provider to ask, and the carrier to name to it; "" where the provider finds it out."""

    provider: str
    carrier: str


def attempts(carrier: str, tracking_number: str, held: Collection[str]) -> tuple[Attempt, ...]:
    """The questions worth asking, best first, for a merchant who holds keys of the providers `held`."""
    likely = (carrier,) if carrier else guess(tracking_number)
    own = [Attempt(one, one) for one in likely if one in held and one in PROVIDERS and one not in AGGREGATORS]
    through = [each for name in AGGREGATORS if name in held for each in _through(name, likely)]
    return tuple(dict.fromkeys(own + through))[:_MOST_ATTEMPTS]


def phone_tail(carrier: str, tracking_number: str, phone: str) -> str:
    """The digits that prove a right to ask, where this carrier wants them: the last four, or a virtual number's
    extension. "" where they are not wanted or there is no phone."""
    likely = (carrier,) if carrier else guess(tracking_number)
    if _WANTS_PHONE.isdisjoint(likely):
        return ""
    number, _, extension = to_ascii(phone).partition("-")
    if len(_digits(number)) >= 11 and len(_digits(extension)) >= 3:
        return _digits(extension)[-_TAIL:]
    return _digits(to_ascii(phone))[-_TAIL:]


def _through(aggregator: str, likely: tuple[str, ...]) -> list[Attempt]:
    if aggregator in _RECOGNISES:
        return [Attempt(aggregator, likely[0] if len(likely) == 1 else "")]
    return [Attempt(aggregator, one) for one in likely]


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isdigit())
