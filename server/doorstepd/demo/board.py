"""What is on show: the watched orders as they stand, and what was last said of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from doorstep import WatchedOrder
from doorstep.messages import REMINDER_KIND_COURIER_NEAR, Order, Parcel, Reminder, WatchUpdate

from doorstepd.demo.summary import Tally
from doorstepd.demo.words import Lang


@dataclass(slots=True)
class Board:
    """Filled by the watchers, read by a screen.

    `watched`: the order in each place of the screen; `notes`: lines about the demo itself, shown at the bottom.
    """

    tally: Tally
    lang: Lang
    watched: list[str] = field(default_factory=list)
    ends_after: float | None = None
    notes: Sequence[str] = ()
    pictures: dict[str, WatchedOrder] = field(default_factory=dict)

    def take(self, order_id: str, update: WatchUpdate) -> WatchedOrder:
        """One more message about a watched order; the picture after it."""
        picture = self.pictures[order_id] = self.pictures.get(order_id, WatchedOrder()).after(update)
        return picture

    def orders(self) -> list[Order]:
        """The watched orders that are known by now, in the order of showing."""
        return [self.pictures[name].order for name in self.watched if name in self.pictures]

    def bell(self, parcel: Parcel) -> Reminder | None:
        """The newest bell of a watched parcel, if it rang."""
        heard = self.pictures[parcel.order_id].reminders
        rung = [one for one in heard if (one.kind, one.parcel_id) == (REMINDER_KIND_COURIER_NEAR, parcel.parcel_id)]
        return rung[-1] if rung else None
