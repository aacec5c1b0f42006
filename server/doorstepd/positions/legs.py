"""What a stop and a metre usually take, learnt from legs: from one served stop to the next. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

SHORT_LEG_M = 150.0
"""On a leg this short nearly all the time is the stop's own."""

LEAST_LEGS = 20
"""Fewer say little about an area."""

LEAST_LEG_M = 15.0
"""What is shorter was the same door."""

_LONGEST_LEG_S = 1800.0  # what is longer was a break
_FASTEST_MPS = 30.0  # from door to door nobody is faster; then the signatures' times are wrong


@dataclass(frozen=True, slots=True)
class Leg:
    """From one served stop to the next: straight metres, and seconds from signature to signature."""

    metres: float
    seconds: float

    def is_possible(self) -> bool:
        """Whether a vehicle can have driven it in that time; else the signatures were not made when it is said."""
        return self.seconds > 0.0 and self.metres <= self.seconds * _FASTEST_MPS

    def held(self) -> "Leg":
        """With a long break in it cut short."""
        return Leg(self.metres, min(self.seconds, _LONGEST_LEG_S))


@dataclass(frozen=True, slots=True)
class Habits:
    """What a stop and a metre take, in seconds, and from how many legs that is known.

    `stay_s`: how much longer who stands now will stand. It is more than half a stop, as one is likelier to look during
    a long stop than during a short one.
    """

    stop_s: float = 75.0
    metre_s: float = 0.28
    stay_s: float = 150.0
    legs: int = 0

    def of(self, metres: float) -> float:
        """Seconds for a leg."""
        return self.stop_s + metres * self.metre_s


USUAL = Habits()


def learn(legs: Iterable[Leg]) -> Habits:
    """Medians over legs; where there are too few of a kind, the usual value stands in."""
    known = [leg.held() for leg in legs if leg.metres >= LEAST_LEG_M and leg.is_possible()]
    if len(known) < LEAST_LEGS:
        return USUAL
    short = [leg.seconds for leg in known if leg.metres <= SHORT_LEG_M]
    stop_s = min(600.0, max(10.0, median(short))) if len(short) >= LEAST_LEGS // 2 else USUAL.stop_s
    long = [max(0.0, leg.seconds - stop_s) / leg.metres for leg in known if leg.metres > SHORT_LEG_M]
    metre_s = min(2.0, max(0.05, median(long))) if len(long) >= LEAST_LEGS // 2 else USUAL.metre_s
    typical = Habits(stop_s, metre_s)
    # A leg's median is less than its mean, for some take very long; over many legs only the mean comes true.
    took, said = sum(leg.seconds for leg in known), sum(typical.of(leg.metres) for leg in known)
    stays = [max(0.0, leg.seconds - leg.metres * metre_s) for leg in known]
    stay_s = sum(stay * stay for stay in stays) / max(1.0, 2.0 * sum(stays))
    return Habits(stop_s * took / said, metre_s * took / said, min(600.0, max(30.0, stay_s)), len(known))
