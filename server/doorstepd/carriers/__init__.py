"""Carriers and aggregators: each one's protocol, codes and sentences, turned into our words."""

from doorstepd.carriers.aftership import AfterShip
from doorstepd.carriers.carrier import Carrier
from doorstepd.carriers.dhl import DHL
from doorstepd.carriers.fedex import FedEx
from doorstepd.carriers.fourpx import FourPX
from doorstepd.carriers.jd import JD
from doorstepd.carriers.kdniao import KDNiao
from doorstepd.carriers.kuaidi100 import Kuaidi100
from doorstepd.carriers.sf import SF
from doorstepd.carriers.track17 import Track17
from doorstepd.carriers.yto import YTO
from doorstepd.carriers.zto import ZTO

_ALL: tuple[Carrier, ...] = (
    KDNiao(),
    Kuaidi100(),
    Track17(),
    AfterShip(),
    ZTO(),
    SF(),
    YTO(),
    JD(),
    DHL(),
    FedEx(),
    FourPX(),
)
_CARRIERS: dict[str, Carrier] = {each.name: each for each in _ALL}

PROVIDERS: tuple[str, ...] = tuple(_CARRIERS)
"""Our names of all providers, as in `/webhooks/{provider}/`."""


def carrier(name: str) -> Carrier:
    """The provider of this name; `KeyError` when there is none."""
    return _CARRIERS[name]
