"""What became of couriers' fixes, counted for operators: a few additions a message, however many fixes it holds."""

from collections import Counter
from collections.abc import Iterable

from doorstepd import metrics
from doorstepd.positions.fix import REFUSED_FIELD, Rejection

_LATE = frozenset({Rejection.OUT_OF_ORDER, Rejection.TOO_OLD})


def count(rejections: Iterable[Rejection | None]) -> None:
    """Counts the fixes of one message; per fix None, or why it was not taken."""
    for outcome, fixes in Counter(map(_OUTCOMES.__getitem__, rejections)).items():
        _COUNTERS[outcome].inc(fixes)


def _outcome(rejection: Rejection | None) -> str:
    if rejection is None:
        return "accepted"
    if rejection is Rejection.DUPLICATE:
        return "duplicate"
    if rejection in _LATE:
        return "late"
    return "refused" if rejection in REFUSED_FIELD else "set_aside"


_OUTCOMES = {one: _outcome(one) for one in (None, *Rejection)}
_COUNTERS = {outcome: metrics.FIXES.labels(outcome) for outcome in _OUTCOMES.values()}
