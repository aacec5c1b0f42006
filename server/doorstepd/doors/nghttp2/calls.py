"""gRPC calls over exchanges: what the door needs of them beyond ASGI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doorstepd.doors.calls.call import Call
from doorstepd.doors.calls.line import Sender
from doorstepd.doors.calls.outbox import Outbox
from doorstepd.doors.calls.status import ClientLeft
from doorstepd.doors.nghttp2.exchange import Exchange


class ExchangeOutbox(Outbox):
    """The answer to one call; its line writes straight to the exchange."""

    __slots__ = ("exchange",)

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.send)
        self.exchange = exchange

    def line(self, call: Sender) -> ExchangeLine:
        """See `Outbox`."""
        return ExchangeLine(call, self.exchange)


class ExchangeLine:
    """See `doors.calls.line.Line`."""

    __slots__ = ("_call", "_exchange")

    def __init__(self, call: Sender, exchange: Exchange) -> None:
        self._call = call
        self._exchange = exchange

    @property
    def busy(self) -> bool:
        return self._exchange.busy

    def post(self, message: Any) -> None:
        call = self._call
        if self._exchange.left:
            call.end(ClientLeft())
        else:
            self._exchange.post(call.framed(message))
            call.sent += 1

    def when_free(self, then: Callable[[], None]) -> None:
        self._exchange.when_free(then)

    async def settle(self) -> None:
        await self._exchange.taken()

    def close(self) -> None:
        """Nothing is kept."""


class ToldByExchanges:
    """Ends calls whose callers leave; see `doors.calls.departures.Departures`."""

    def watch(self, call: Call, stream_id: bytes) -> Callable[[], None]:
        """Where the exchange is, the call's outbox knows."""
        outbox = call.outbox
        assert isinstance(outbox, ExchangeOutbox)
        exchange = outbox.exchange
        if exchange.left:
            call.end(ClientLeft())
        exchange.on_left = lambda: call.end(ClientLeft())

        def forget() -> None:
            exchange.on_left = None

        return forget
