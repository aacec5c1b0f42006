"""What the world is told after a commit. Losing a signal loses nothing: readers look again by themselves."""

from typing import Protocol


class Signals(Protocol):
    """Wakes whoever watches. None of these waits or raises."""

    def parcel_changed(self, merchant_id: str, order_id: str, parcel_id: str, revision: int) -> None:
        """The parcel's log now reaches `revision`."""

    def stops_changed(self, merchant_id: str, courier_id: str) -> None:
        """The courier's open stops are other than before."""


class NoSignals:
    """For tools that write with nobody listening."""

    def parcel_changed(self, merchant_id: str, order_id: str, parcel_id: str, revision: int) -> None:
        """Tells nobody."""

    def stops_changed(self, merchant_id: str, courier_id: str) -> None:
        """Tells nobody."""
