"""Puts subscriptions that are wanted together into one call, where the provider takes several."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from doorstepd.background.calls import NotNow
from doorstepd.carriers.carrier import Credentials, Wanted
from doorstepd.carriers.pace import limits
from doorstepd.carriers.query import Answer

Call = Callable[[str, str, Sequence[Wanted], Credentials, datetime], Awaitable[Answer | NotNow]]
# So long a number waits for others of the same account.
_GATHER_S = 0.02


@dataclass(slots=True)
class _Batch:
    answer: "asyncio.Future[Answer | NotNow]"
    wanted: list[Wanted] = field(default_factory=list)


class Together:
    """One a subscriber; `call` asks a provider about several numbers at once."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._open: dict[tuple[str, str], _Batch] = {}

    async def ask(
        self, merchant_id: str, provider: str, one: Wanted, keys: Credentials, now: datetime
    ) -> Answer | NotNow:
        """What the provider says of this number, whoever else it was asked with."""
        most = limits(provider).subscriptions_per_call
        if most == 1:
            return await self._call(merchant_id, provider, [one], keys, now)
        account = (merchant_id, provider)
        batch = self._open.get(account) or self._begin(account, keys, now)
        batch.wanted.append(one)
        if len(batch.wanted) == most:
            del self._open[account]
        return _of_one(await batch.answer, one)

    def _begin(self, account: tuple[str, str], keys: Credentials, now: datetime) -> _Batch:
        wanted: list[Wanted] = []
        batch = _Batch(asyncio.ensure_future(self._send(account, wanted, keys, now)), wanted)
        self._open[account] = batch
        return batch

    async def _send(
        self, account: tuple[str, str], wanted: list[Wanted], keys: Credentials, now: datetime
    ) -> Answer | NotNow:
        await asyncio.sleep(_GATHER_S)
        batch = self._open.get(account)
        if batch is not None and batch.wanted is wanted:
            del self._open[account]
        return await self._call(*account, wanted, keys, now)


def _of_one(answer: Answer | NotNow, one: Wanted) -> Answer | NotNow:
    if isinstance(answer, NotNow):
        return answer
    its = tuple(each for each in answer.results if each.tracking_number in (None, one.tracking_number))
    return replace(answer, results=its)
