"""Who moved is the same for every map, whichever way it is joined."""

from hypothesis import given
from hypothesis import strategies as st

from doorstepd.live import Box, Position
from doorstepd.live.moves import Cell, Moves
from doorstepd.positions.datum import Datum

DEGREES = st.integers(-5, 5).map(float)
BOXES = st.builds(lambda a, b, c, d: Box(min(a, b), c, max(a, b), d), DEGREES, DEGREES, DEGREES, DEGREES)
CELLS = st.lists(
    st.builds(
        lambda number, lat, lng, gone: Cell(Position(f"c{number}", number, 0.0, 0.0, lat, lng), number, gone=gone),
        st.integers(0, 9),
        DEGREES,
        DEGREES,
        st.booleans(),
    ),
    unique_by=lambda cell: cell.courier_id,
)


class Renderer:
    """A position is its courier's name."""

    def position(self, position: Position, datum: Datum, *, named: bool) -> bytes:
        assert not named
        return position.courier_id.encode()


@given(BOXES, BOXES, DEGREES, DEGREES)
def test_a_box_in_a_box_holds_nothing_that_the_outer_does_not(outer: Box, inner: Box, lat: float, lng: float) -> None:
    position = Position("c", 1, 0.0, 0.0, lat, lng)
    if outer.contains(inner) and inner.holds(position):
        assert outer.holds(position)


@given(CELLS, BOXES)
def test_all_are_in_a_box_only_if_each_is(cells: list[Cell], box: Box) -> None:
    moves = Moves(cells)
    if moves.all_in(box):
        assert all(box.holds(cell.position) for cell in moves.stay)


@given(CELLS)
def test_whoever_moved_either_stays_or_left(cells: list[Cell]) -> None:
    moves = Moves(cells)
    assert set(moves.left) == {cell.courier_id for cell in cells if cell.gone}
    assert moves.ids == {cell.courier_id for cell in cells if not cell.gone}
    assert moves.joined(Datum.WGS84, Renderer()) == b"".join(
        b"\x0a\x02" + one.courier_id.encode() for one in moves.stay
    )
