"""Who is calling: the facts a verified token states, and nothing else."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What kind of caller a token was given to."""

    GUEST = "guest"
    CUSTOMER = "customer"
    COURIER = "courier"
    MERCHANT_OPERATOR = "merchant_operator"
    MERCHANT_ADMIN = "merchant_admin"
    DESK_AGENT = "desk_agent"
    INTERNAL_SERVICE = "internal_service"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller. `expires_at` is in seconds since 1970 UTC.

    Exactly one of `customer_id`, `courier_id` and `order_id` is set for a customer, a courier and a guest (the one
    order that was shared); the other roles have none. `token_id` names the token in logs without being one, and
    `signed_by` the key that it is good by (`keys.mark_of`).
    """

    role: Role
    merchant_id: str
    subject: str
    customer_id: str | None = None
    courier_id: str | None = None
    order_id: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    expires_at: float = 0.0
    token_id: str = ""
    signed_by: str = ""

    @property
    def credential(self) -> tuple[str, str]:
        """What the caller's right hangs on until it expires; `Verifier.stands` knows whether it still does."""
        return self.signed_by, self.token_id

    @property
    def view(self) -> str:
        """Through which mask the caller sees people: "self", "desk", or "guest", which hides the most."""
        if self.role is Role.CUSTOMER:
            return "self"
        return "guest" if self.role is Role.GUEST else "desk"
