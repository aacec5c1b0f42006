"""The port that every channel fills."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Notice:
    """What is sent. `key` is the same however often it is tried, so that a provider can tell a repeat.

    `silent`: without a sound or a vibration, for it is the recipient's quiet hours.
    """

    key: str
    merchant_id: str
    parcel_id: str
    attempt: int
    kind: str
    text_zh: str
    text_en: str
    silent: bool = False


class Channel(Protocol):
    """Delivers notices."""

    name: str

    async def send(self, notice: Notice) -> None:
        """Hands the notice to the provider; raises when it was not taken and should be tried again."""
