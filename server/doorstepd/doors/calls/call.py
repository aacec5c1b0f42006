"""One call as its handler sees it: grpc.aio's `ServicerContext` over an inbox and an outbox."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from doorstepd.doors.calls.framing import COMPRESSION, Inbox, compressed_frame, frame
from doorstepd.doors.calls.headers import Metadata, Raw, metadata_of, quoted, raw_of
from doorstepd.doors.calls.line import Line
from doorstepd.doors.calls.outbox import Outbox
from doorstepd.doors.calls.status import ClientLeft, Ended, deadline_passed, has_left, malformed

_OK_TRAILERS: Raw = [(b"grpc-status", b"0")]
_CODE_BYTES: dict[grpc.StatusCode, bytes] = {code: b"%d" % code.value[0] for code in grpc.StatusCode}


@dataclass(frozen=True, slots=True)
class Method:
    """A handler as it was registered. A codec that is None passes bytes through."""

    path: str
    behaviour: Callable[[Any, Any], Any]
    request_streaming: bool
    response_streaming: bool
    decode: Callable[[bytes], Any] | None
    encode: Callable[[Any], bytes] | None

    def decoded(self, data: bytes) -> Any:
        """A request message. Bytes that are not one end the call, and nobody hears what the parser said."""
        if self.decode is None:
            return data
        try:
            return self.decode(data)
        except Exception:
            raise malformed() from None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what the request's fields said."""

    address: tuple[str, int] | None
    fields: Raw
    accepts: bytes
    secure: bool

    @property
    def peer(self) -> str:
        """As grpcio writes it."""
        if self.address is None:
            return "unknown"
        host, port = self.address
        return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"


class Call(grpc.aio.ServicerContext[Any, Any]):
    """What a handler may ask and set. `abort` raises, so nothing after it runs."""

    def __init__(self, method: Method, caller: Caller, inbox: Inbox, outbox: Outbox) -> None:
        self.method = method
        self.inbox = inbox
        self.outbox = outbox
        self.fate: Ended | ClientLeft | None = None
        self.deadline: float | None = None
        """In the event loop's time."""
        self.task = asyncio.current_task()
        self.over = False
        self.sent = 0
        self._writing = False
        self._line: Line | None = None
        self._caller = caller
        self._metadata: Metadata | None = None
        self._code: grpc.StatusCode | None = None
        self._details = ""
        self._trailing: Metadata = ()
        self._compression: bytes | None = None
        self._skip_compression = False
        self._timer: asyncio.TimerHandle | None = None
        self._callbacks: list[Callable[[Any], None]] = []

    @property
    def writing(self) -> bool:
        """Whether a message waits to be taken."""
        return self._writing or (self._line is not None and self._line.busy)

    @property
    def line(self) -> Line | None:
        """A way to send messages after the first without waiting; None where the server has none."""
        if self._line is None:
            self._line = self.outbox.line(self)
        return self._line

    def end(self, fate: Ended | ClientLeft) -> None:
        """Stops the handler from outside: it meets CancelledError where it waits, and the caller gets `fate`."""
        if self.over or self.fate is not None or self.task is None:
            return
        self.fate = fate
        self.task.cancel()

    async def finish(self, answer: Any = None, *, with_answer: bool = False) -> None:
        """Sends the status that the handler set, after `answer` if that status is OK."""
        self.over = True
        if with_answer and self._code in (None, grpc.StatusCode.OK):
            await self.outbox.end(self._trailers(), self.framed(answer))
        else:
            await self.outbox.end(self._trailers())

    async def fail(self, ended: Ended) -> None:
        """Sends a status that the door decided on. Trailing metadata that the handler set goes with it."""
        self._code, self._details = ended.code, ended.details
        await self.finish()

    def start_timer(self, seconds: float) -> None:
        """Ends the call with DEADLINE_EXCEEDED `seconds` from now."""
        loop = asyncio.get_running_loop()
        self.deadline = loop.time() + seconds
        self._timer = loop.call_at(self.deadline, self.end, deadline_passed())

    def close(self) -> None:
        """The call is over; tells whoever asked to be told."""
        self.over = True
        if self._timer is not None:
            self._timer.cancel()
        if self._line is not None:
            self._line.close()
            self._line = None  # it knows the call: see `collector`
        for callback in self._callbacks:
            callback(self)

    async def write(self, message: Any) -> None:
        """Sends one message of a stream; waits while the caller does not read."""
        self._writing = True
        try:
            if self._line is not None and self._line.busy:
                await self._line.settle()
            await self.outbox.message(self.framed(message))
        except Exception as error:
            if not has_left(error):
                raise
            await self.leave()
        self._writing = False
        self.sent += 1

    async def read(self) -> Any:
        """The next message of the request, or `grpc.aio.EOF`."""
        data = await self.next_message()
        return grpc.aio.EOF if data is None else self.method.decoded(data)

    async def next_message(self) -> bytes | None:
        """The bytes of the next message of the request, or None after the last."""
        try:
            return await self.inbox.next()
        except ClientLeft:
            await self.leave()

    async def leave(self) -> NoReturn:
        """The caller has left: the handler meets CancelledError, here and in the task that runs it."""
        self.end(ClientLeft())
        await asyncio.sleep(0)  # where this task is the handler's own, this raises
        raise asyncio.CancelledError

    def framed(self, message: Any) -> bytes:
        """A message as it goes over the wire."""
        payload: bytes = message if self.method.encode is None else self.method.encode(message)
        if self._compression is None or self._skip_compression:
            self._skip_compression = False
            return frame(payload)
        if not self.outbox.started:
            self.outbox.encoding = self._compression
        if self.outbox.encoding is None:
            return frame(payload)
        return compressed_frame(payload, self.outbox.encoding)

    def _trailers(self) -> Raw:
        if self._code is None and not self._trailing and not self._details:
            return _OK_TRAILERS
        trailers = [(b"grpc-status", _CODE_BYTES[self._code or grpc.StatusCode.OK])]
        if self._details:
            trailers.append((b"grpc-message", quoted(self._details)))
        return trailers + raw_of(self._trailing)

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Iterable[tuple[str, str | bytes]] = ()
    ) -> NoReturn:
        """Ends the call with a status other than OK."""
        if code is grpc.StatusCode.OK:
            code, details = grpc.StatusCode.UNKNOWN, ""
        self._code, self._details = code, details
        self._trailing = tuple(trailing_metadata) or self._trailing
        raise grpc.aio.AbortError("the handler ended the call")

    async def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """As `abort`, with a status from `grpc_status.rpc_status.to_status`."""
        await self.abort(status.code, status.details, status.trailing_metadata or ())

    async def send_initial_metadata(self, initial_metadata: Iterable[tuple[str, str | bytes]]) -> None:
        """Sends the headers with these fields, now for a stream and with the answer for a unary call."""
        if self.outbox.started:
            raise grpc.aio.UsageError("the headers of this call have been sent")
        self.outbox.initial = raw_of(initial_metadata)
        if self.method.response_streaming:
            self.outbox.encoding = self._compression
            await self.outbox.flush_head()

    def set_trailing_metadata(self, trailing_metadata: Iterable[tuple[str, str | bytes]]) -> None:
        """Goes with the status, whichever it is."""
        self._trailing = tuple((key, value) for key, value in trailing_metadata)

    def invocation_metadata(self) -> Any:
        """A tuple of pairs: text as str, `-bin` as bytes."""
        if self._metadata is None:
            self._metadata = metadata_of(self._caller.fields)
        return self._metadata

    def set_code(self, code: grpc.StatusCode) -> None:
        """The status to end with when the handler returns."""
        self._code = code

    def set_details(self, details: str) -> None:
        """The text of the status."""
        self._details = details

    def set_compression(self, compression: grpc.Compression) -> None:
        """Compresses what follows, where the caller takes it."""
        encoding = COMPRESSION.get(compression)
        accepted = [name.strip() for name in self._caller.accepts.split(b",")]
        self._compression = encoding if encoding in accepted else None

    def disable_next_message_compression(self) -> None:
        """Sends the next message as it is."""
        self._skip_compression = True

    def peer(self) -> str:
        """`ipv4:address:port`, `ipv6:[address]:port` or `unknown`."""
        return self._caller.peer

    def peer_identities(self) -> Iterable[bytes] | None:
        """None: doors do not identify callers by certificate."""
        return None

    def peer_identity_key(self) -> str | None:
        """None, as above."""
        return None

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """Whether the transport was encrypted, in grpcio's words."""
        return {"transport_security_type": [b"ssl"]} if self._caller.secure else {}

    def time_remaining(self) -> float:
        """Seconds to the deadline, at least 0; None where the caller set none."""
        if self.deadline is None:
            return None  # type: ignore[return-value]  # grpcio answers so too, whatever its stubs say
        return max(0.0, self.deadline - asyncio.get_running_loop().time())

    def trailing_metadata(self) -> Any:
        """What `set_trailing_metadata` was given."""
        return self._trailing

    def code(self) -> Any:
        """What `set_code` was given, or None."""
        return self._code

    def details(self) -> str:
        """What `set_details` was given."""
        return self._details

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """`callback(context)` runs once the call is over."""
        self._callbacks.append(callback)

    def cancelled(self) -> bool:
        """Whether the caller left or its deadline passed."""
        return self.fate is not None

    def done(self) -> bool:
        """Whether the call is over."""
        return self.over
