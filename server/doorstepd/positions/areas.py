"""What a stop and a metre take in each part of a merchant's area, learnt from the stops that were served. Pure."""

from collections.abc import Iterable

from doorstepd.positions.legs import LEAST_LEGS, USUAL, Habits, Leg, learn

_CELL_DEGREES = 0.05  # about 5 km

Cell = tuple[int, int]


class Areas:
    """Habits by cell; where a cell has few legs the whole merchant's stand in, and where it has few, the usual ones."""

    def __init__(self, legs: Iterable[tuple[float, float, Leg]] = ()) -> None:
        """`legs`: each with the latitude and longitude of the stop that it ended at."""
        cells: dict[Cell, list[Leg]] = {}
        for lat, lng, leg in legs:
            cells.setdefault(_cell(lat, lng), []).append(leg)
        self._whole = learn(leg for some in cells.values() for leg in some)
        self._cells = {cell: learn(some) for cell, some in cells.items() if len(some) >= LEAST_LEGS}

    def at(self, lat: float, lng: float) -> Habits:
        """Where the courier is."""
        return _known(self._cells.get(_cell(lat, lng))) or _known(self._whole) or USUAL


def _known(habits: Habits | None) -> Habits | None:
    return habits if habits is not None and habits.legs >= LEAST_LEGS else None


def _cell(lat: float, lng: float) -> Cell:
    return int(lat // _CELL_DEGREES), int(lng // _CELL_DEGREES)
