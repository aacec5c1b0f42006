"""Carriers and aggregators: each one's protocol, codes and sentences, turned into our words."""

from functools import cache
from importlib import import_module

from doorstepd.carriers.carrier import Carrier

_CLASSES = {
    "kdniao": "KDNiao",
    "kuaidi100": "Kuaidi100",
    "track17": "Track17",
    "aftership": "AfterShip",
    "zto": "ZTO",
    "sf": "SF",
    "yto": "YTO",
    "jd": "JD",
    "dhl": "DHL",
    "fedex": "FedEx",
    "fourpx": "FourPX",
}

PROVIDERS: tuple[str, ...] = tuple(_CLASSES)
"""Our names of all providers, as in `/webhooks/{provider}/`; each is a module here."""


UNSIGNED = frozenset({"sf"})
"""Providers that do not sign what they push: only the secret in the address speaks for it."""


@cache
def _load(name: str) -> Carrier:
    module = import_module(f"doorstepd.carriers.{name}")
    made: Carrier = getattr(module, _CLASSES[name])()
    return made


def carrier(name: str) -> Carrier:
    """The provider of this name, loaded when it is first asked for; `KeyError` when there is none."""
    if name not in _CLASSES:
        raise KeyError(name)
    return _load(name)
