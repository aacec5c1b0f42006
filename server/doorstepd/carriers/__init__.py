"""Carriers and aggregators: each one's protocol, codes and sentences, turned into our words."""

from doorstepd.carriers.carrier import Carrier
from doorstepd.carriers.kdniao import KDNiao

_CARRIERS: dict[str, Carrier] = {each.name: each for each in (KDNiao(),)}

PROVIDERS: tuple[str, ...] = tuple(_CARRIERS)
"""Our names of all providers, as in `/webhooks/{provider}/`."""


def carrier(name: str) -> Carrier:
    """The provider of this name; `KeyError` when there is none."""
    return _CARRIERS[name]
