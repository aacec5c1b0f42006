"""How fast each provider may be asked: its documented limits as data, and the clock that keeps to them."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Limits:
    """A provider's address and what it allows; None where no such limit is known.

    `subscriptions_per_month` is for one number; `callback_in_request` says that a subscription names where pushes go,
    which elsewhere is set once in the provider's console.
    """

    base_url: str
    parcels_per_call: int
    seconds_between_calls: float
    seconds_between_same_parcel: float
    basis: str
    calls_per_day: int | None = None
    subscriptions_per_month: int | None = None
    subscriptions_per_call: int = 1
    callback_in_request: bool = False
    pushes: bool = True


@cache
def limits(provider: str) -> Limits:
    """The limits of a provider; `KeyError` for an unknown one."""
    table = json.loads((files("doorstepd.carriers.tables") / "providers.json").read_text("utf-8"))
    return Limits(**table[provider])


class Pace:
    """When an account may call its provider next. All times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._free_at: dict[tuple[str, str], float] = {}
        self._days: dict[tuple[str, str], tuple[int, int]] = {}

    def reserve(self, provider: str, account: str, now: float) -> float:
        """Take the next free place and say how many seconds away it is."""
        key = (provider, account)
        starts = max(now, self._free_at.get(key, now))
        self._free_at[key] = starts + limits(provider).seconds_between_calls
        return starts - now

    def hold(self, provider: str, account: str, until: float) -> None:
        """Call nobody there before `until`: the provider asked us to wait."""
        key = (provider, account)
        self._free_at[key] = max(until, self._free_at.get(key, until))

    def wait(self, provider: str, account: str, now: float) -> float:
        """Seconds to the next free place, without taking it."""
        return max(0.0, self._free_at.get((provider, account), now) - now)

    def spend(self, provider: str, account: str, day: int) -> bool:
        """Count a call of this day (any running number); False once the day's calls are used up."""
        allowed = limits(provider).calls_per_day
        spent_day, spent = self._days.get((provider, account), (day, 0))
        spent = spent if spent_day == day else 0
        if allowed is not None and spent >= allowed:
            return False
        self._days[provider, account] = (day, spent + 1)
        return True
