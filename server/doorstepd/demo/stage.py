"""Where the demo's callers find the service, and who they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from doorstep import Client

from doorstepd.access.callers import Role
from doorstepd.access.permissions import SCOPES
from doorstepd.access.tokens import Issuer


@dataclass(frozen=True, slots=True)
class Stage:
    """The running service: gRPC at `target`, the merchant's own webhook at `webhook`. Clients renew their tokens."""

    target: str
    webhook: str
    merchant_id: str
    issuer: Issuer

    def merchant(self) -> Client:
        """The shop's own screen, which sees every order."""
        return self._client(lambda: self._issue(Role.MERCHANT_ADMIN))

    def order_system(self) -> Client:
        """The shop's order system."""
        return self._client(lambda: self._issue(Role.INTERNAL_SERVICE))

    def customer(self, customer_id: str) -> Client:
        """A customer's app."""
        return self._client(lambda: self._issue(Role.CUSTOMER, customer_id=customer_id))

    def courier(self, courier_id: str) -> Client:
        """A courier's device."""
        return self._client(lambda: self._issue(Role.COURIER, courier_id=courier_id))

    def _client(self, token: Callable[[], str]) -> Client:
        return Client(self.target, token_provider=token)

    def _issue(self, role: Role, *, customer_id: str | None = None, courier_id: str | None = None) -> str:
        return self.issuer.issue(
            role=role,
            merchant_id=self.merchant_id,
            now=time.time(),
            customer_id=customer_id,
            courier_id=courier_id,
            scopes=SCOPES if role is Role.INTERNAL_SERVICE else (),
        )
