"""What a refusal must look like, whatever was wrong."""

import asyncio
import re
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

_DETAILS = "grpc-status-details-bin"
# Names of ours, of a library or of Python in an error are a door left ajar.
LEAK = re.compile(
    r"Traceback|Exception|Error\b(?!Info)|File \"|doorstepd[.]|/server/|site-packages|<class|object at 0x|NoneType"
    r"|SELECT |INSERT |UPDATE |sqlite|asyncpg|postgres|sqlalchemy|DecodeError|Refusal"
    r"|13812345678|13900005678|张三丰|李四光|501室",
    re.I,
)


class Refused:
    """A refusal taken apart."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        self.code: grpc.StatusCode = error.code()
        self.message = error.details() or ""
        self.details = dict(error.trailing_metadata() or ()).get(_DETAILS, b"")
        self.take_apart(Status.FromString(self.details))

    def take_apart(self, status: Status) -> None:
        infos = [_unpacked(one, ErrorInfo) for one in status.details if one.Is(ErrorInfo.DESCRIPTOR)]
        bad = [_unpacked(one, BadRequest) for one in status.details if one.Is(BadRequest.DESCRIPTOR)]
        self.reason = infos[0].reason if infos else ""
        self.domain = infos[0].domain if infos else ""
        self.fields = [violation.field for one in bad for violation in one.field_violations]
        self.status = status

    def assert_clean(self) -> None:
        """Typed, ours, and telling nothing of our insides or of anybody."""
        assert self.domain == "doorstep", (self.code, self.message)
        assert self.reason
        assert self.status.code == self.code.value[0]
        assert self.status.message == self.message
        text = self.message + repr(self.status)
        assert not LEAK.search(text), text


def _unpacked(detail: Any, kind: Any) -> Any:
    message = kind()
    detail.Unpack(message)
    return message


async def refused(call: Any) -> Refused:
    """The refusal of a call, unary or streaming, taken apart and found clean."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await answered(call)
    found = Refused(caught.value)
    found.assert_clean()
    return found


async def answered(call: Any) -> list[Any]:
    """All answers of a call, whatever its arity."""
    if hasattr(call, "__aiter__"):
        return [one async for one in call]
    return [await call]


async def end_of(stream: Any, within: float = 10.0) -> tuple[Refused, list[Any]]:
    """The refusal that ends a stream, and what came before it."""
    came: list[Any] = []
    try:
        async with asyncio.timeout(within):
            while (message := await stream.read()) is not grpc.aio.EOF:
                came.append(message)
    except grpc.aio.AioRpcError as error:
        found = Refused(error)
        found.assert_clean()
        return found, came
    pytest.fail(f"it ended kindly, after {came}")
