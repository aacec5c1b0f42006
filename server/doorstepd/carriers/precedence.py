"""Which of code and sentence decides about one event.

A specific code of the carrier decides, and a sentence may only refine it where it is generic. A coarse code lets the
sentence move the status too; an unconfirmed one gives way to it; without a known code the sentence decides alone.
"""

from typing import NamedTuple

from doorstepd.carriers.tables import Entry
from doorstepd.carriers.text import Reading
from doorstepd.parcels.vocabulary import Status, SubStatus

_REFINED_BY: dict[SubStatus, frozenset[SubStatus]] = {
    SubStatus.CUSTOMS_HELD: frozenset(
        {
            SubStatus.DUTY_DUE,
            SubStatus.DOCUMENTS_REQUIRED,
            SubStatus.CUSTOMS_INSPECTION,
            SubStatus.CUSTOMS_REJECTED,
        }
    ),
    SubStatus.LOCKER_OR_STATION: frozenset({SubStatus.IN_LOCKER, SubStatus.AT_STATION, SubStatus.AT_COUNTER}),
    SubStatus.ARRIVED: frozenset({SubStatus.ARRIVED_DESTINATION_COUNTRY, SubStatus.AT_DELIVERY_STATION}),
}
_GENERIC = frozenset({None, SubStatus.OTHER, SubStatus.ATTEMPT_FAILED, *_REFINED_BY})
_MOVING = frozenset({Status.IN_TRANSIT, Status.PICKED_UP, Status.INFO_RECEIVED, Status.PENDING})
# A sender who takes his parcel back signs for it, too; and what customs wants paid is duty.
_SAYS_WHAT_IT_REALLY_IS = frozenset(
    {(Status.DELIVERED, SubStatus.RETURN_COMPLETED), (SubStatus.HELD_FOR_PAYMENT, SubStatus.DUTY_DUE)}
)
_CHANGED_HANDS = frozenset({SubStatus.FORWARDED, SubStatus.HANDED_OVER})


class Verdict(NamedTuple):
    """The state that an event stands for; status None when it is informational."""

    status: Status | None
    sub_status: SubStatus | None = None
    recognised: bool = True


UNKNOWN = Verdict(Status.UNKNOWN, SubStatus.UNMAPPED, recognised=False)
INFORMATIONAL = Verdict(None)


def decide(code: str, entry: Entry | None, sentence: str, reading: Reading) -> Verdict:
    """Weigh the code of an event (its table entry, None when unknown) against its sentence."""
    if entry is None:
        return _from_text(reading) if sentence or code else INFORMATIONAL
    if entry.status is None:
        return _from_text(reading) if entry.use_text and reading.recognised else INFORMATIONAL
    if reading.status is None or not reading.recognised:
        return Verdict(entry.status, entry.sub_status)
    if _may_move(entry, reading):
        return Verdict(reading.status, reading.sub_status)
    return Verdict(entry.status, _refined(entry.status, entry.sub_status, reading))


def _from_text(reading: Reading) -> Verdict:
    return Verdict(reading.status, reading.sub_status) if reading.recognised else UNKNOWN


def _may_move(entry: Entry, reading: Reading) -> bool:
    """Whether the sentence takes over the status, not only the detail."""
    if reading.status is entry.status:
        return not entry.sure and reading.sub_status not in _GENERIC
    if not entry.sure and not entry.coarse:
        return True
    if entry.coarse and entry.status is Status.EXCEPTION:
        # A problem stays one, whatever ordinary movement its sentence mentions by the way.
        return reading.status not in _MOVING or reading.sub_status in _CHANGED_HANDS
    if entry.coarse:
        return True
    return (entry.sub_status or entry.status, reading.sub_status) in _SAYS_WHAT_IT_REALLY_IS


def _refined(status: Status, sub_status: SubStatus | None, reading: Reading) -> SubStatus | None:
    found = reading.sub_status
    if found is None or sub_status not in _GENERIC:
        return sub_status
    if reading.status is not status:
        return sub_status
    if sub_status in _REFINED_BY:
        return found if found in _REFINED_BY[sub_status] else sub_status
    return found


def is_generic(sub_status: SubStatus | None) -> bool:
    """Whether a sentence may still say more."""
    return sub_status in _GENERIC
