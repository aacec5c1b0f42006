"""What guests are told in place of a courier's ID, which may be a staff number or a phone."""

from collections.abc import Callable
from functools import lru_cache, partial

from doorstepd.access.sealing import Sealer

_LENGTH = 16


class StandIns:
    """The same for a courier in every process, answer and stream of a merchant; keyed, so that no ID can be tried."""

    def __init__(self, sealer: Sealer) -> None:
        self.of = lru_cache(maxsize=16_384)(partial(_stand_in, sealer))
        """By merchant and courier ID."""

    def seen_by(self, merchant_id: str, view: str) -> Callable[[str], str]:
        """How somebody with this view knows couriers: all but guests by their IDs."""
        return partial(self.of, merchant_id) if view == "guest" else str


def _stand_in(sealer: Sealer, merchant_id: str, courier_id: str) -> str:
    return sealer.fingerprint(merchant_id, f"courier/{courier_id}")[:_LENGTH] if courier_id else ""
