"""Who may see where a courier is, and when. Pure; asked anew for every frame."""

from dataclasses import dataclass

from doorstepd.parcels.vocabulary import Status

STALE_S = 30.0
HIDDEN_S = 120.0


@dataclass(frozen=True, slots=True)
class VisibilityRules:
    """A merchant's limits for those who wait for a parcel; staff is not bound by `stops`."""

    stops: int = 10


def may_see_position(
    status: Status, stops_ahead: int | None, view: str, rules: VisibilityRules = VisibilityRules()
) -> bool:
    """Only while the parcel is on its way to the door; and a customer only once the courier's next stops are near.

    Where the order of stops is not known, being out for delivery is enough. A view that ends in ".still" is of a
    service without the right to positions.
    """
    if status is not Status.OUT_FOR_DELIVERY or view.endswith(".still"):
        return False
    return view == "desk" or stops_ahead is None or stops_ahead <= rules.stops
