"""Many things asked for at once: split into calls of 500, answered in the order asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import grpc
from doorstep.errors import DoorstepError, error_of_status
from google.rpc.status_pb2 import Status

MOST_PER_CALL = 500
_CALLS_AT_ONCE = 4
Value = TypeVar("Value")


class Answer(Protocol):
    """One item of a batch answer as it is on the wire, such as OrderResult."""

    @property
    def error(self) -> Status: ...
    def HasField(self, field_name: str, /) -> bool: ...  # noqa: N802  (protobuf's name)


@dataclass(frozen=True, slots=True)
class BatchResult(Generic[Value]):
    """The answer to one ID: a value, or the error that stands in its place."""

    key: str
    value: Value | None = None
    error: DoorstepError | None = None

    def unwrap(self) -> Value:
        """The value; raises the error if there is none."""
        if self.value is None:
            raise self.error or DoorstepError(grpc.StatusCode.INTERNAL, f"There is no answer for {self.key}.")
        return self.value


AnswerT = TypeVar("AnswerT", bound=Answer)


async def ask_in_batches(
    keys: Iterable[str],
    ask: Callable[[Sequence[str]], Awaitable[Sequence[AnswerT]]],
    value_of: Callable[[AnswerT], Value],
) -> list[BatchResult[Value]]:
    """As many results as keys, in their order, repeats included. A call that fails as a whole fails its own items;
    raises only if no call succeeded."""
    wanted = list(keys)
    parts = [wanted[start : start + MOST_PER_CALL] for start in range(0, len(wanted), MOST_PER_CALL)]
    limit = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def ask_part(part: Sequence[str]) -> Sequence[AnswerT] | DoorstepError:
        async with limit:
            try:
                return await ask(part)
            except DoorstepError as error:
                return error

    outcomes = await asyncio.gather(*(ask_part(part) for part in parts))
    failures = [outcome for outcome in outcomes if isinstance(outcome, DoorstepError)]
    if failures and len(failures) == len(parts):
        raise failures[0]
    results: list[BatchResult[Value]] = []
    for part, outcome in zip(parts, outcomes, strict=True):
        results.extend(_results(part, outcome, value_of))
    return results


def _results(
    part: Sequence[str], outcome: Sequence[AnswerT] | DoorstepError, value_of: Callable[[AnswerT], Value]
) -> list[BatchResult[Value]]:
    if not isinstance(outcome, DoorstepError) and len(outcome) != len(part):
        outcome = DoorstepError(
            grpc.StatusCode.INTERNAL,
            f"The server answered {len(outcome)} of {len(part)} items; nothing can be matched.",
        )
    if isinstance(outcome, DoorstepError):
        return [BatchResult(key, error=outcome) for key in part]
    return [_result(key, answer, value_of) for key, answer in zip(part, outcome, strict=True)]


def _result(key: str, answer: AnswerT, value_of: Callable[[AnswerT], Value]) -> BatchResult[Value]:
    if answer.HasField("error"):
        return BatchResult(key, error=error_of_status(answer.error))
    return BatchResult(key, value=value_of(answer))
