"""One raw connection to Redis or Valkey.

Replies arrive as calls from the event loop: nothing is awaited and nothing is queued between the socket and whoever
wants them, so a slow listener cannot be the reason that Redis cuts us off for a full output buffer. It costs about a
seventh of redis-py's `PubSub.get_message`, and unlike that one it never reconnects behind our back.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis.asyncio.connection import SSLConnection, parse_url

Argument = bytes | str | int
OnReply = Callable[[Any], None]


_pack: Callable[[tuple[Argument, ...]], bytes] = hiredis.pack_command  # type: ignore[assignment]


class LinkError(Exception):
    """The connection could not be made or was refused."""


class Connection(asyncio.Protocol):
    """An open connection: `on_reply` gets each reply, errors as `hiredis.ReplyError`; `on_lost` is called once."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self.on_reply: OnReply = lambda reply: None
        self._on_lost = on_lost
        self._reader = hiredis.Reader()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        # uvloop's transports have the methods without the base class, so there is nothing to check.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.set_write_buffer_limits(high=1 << 30)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop. A peer that does not speak RESP is cut off."""
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self.on_reply(reply)
        except hiredis.ProtocolError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if self._transport is not None:
            self._transport = None
            self._on_lost()

    @property
    def backlog(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    def send(self, *commands: tuple[Argument, ...]) -> None:
        """Writes commands in one go, or does nothing when the connection is gone."""
        if self._transport is not None:
            self._transport.write(b"".join([_pack(command) for command in commands]))

    def abort(self) -> None:
        """Closes at once, dropping what was not sent; a black-holed link would never finish a polite close."""
        if self._transport is not None:
            self._transport.abort()


async def dial(url: str, on_lost: Callable[[], None], timeout: float) -> Connection:
    """Connects, authenticates and selects the database that `url` names (`redis://`, `rediss://` or `unix://`).

    Raises LinkError, also when it took longer than `timeout` seconds.
    """
    options = parse_url(url)
    connection = Connection(on_lost)
    try:
        async with asyncio.timeout(timeout):
            await _connect(connection, options)
            await _greet(connection, options)
    except (OSError, TimeoutError) as error:
        connection.abort()
        raise LinkError from error
    except BaseException:
        connection.abort()
        raise
    return connection


async def _connect(connection: Connection, options: Any) -> None:
    loop = asyncio.get_running_loop()
    if path := options.get("path"):
        await loop.create_unix_connection(lambda: connection, path)
        return
    tls = _tls(options) if options.get("connection_class") is SSLConnection else None
    host, port = options.get("host", "localhost"), int(options.get("port", 6379))
    await loop.create_connection(lambda: connection, host, port, ssl=tls)


def _tls(options: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile"))
    return context


async def _greet(connection: Connection, options: Any) -> None:
    commands: list[tuple[Argument, ...]] = []
    if password := options.get("password"):
        user = (options["username"],) if options.get("username") else ()
        commands.append(("AUTH", *user, password))
    commands.append(("SELECT", int(options.get("db") or 0)))
    for reply in await ask(connection, *commands):
        if isinstance(reply, hiredis.ReplyError):
            raise LinkError


async def ask(connection: Connection, *commands: tuple[Argument, ...]) -> list[Any]:
    """Sends commands and waits for as many replies; only before the connection is put to use."""
    replies: list[Any] = []
    complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(reply: Any) -> None:
        replies.append(reply)
        if len(replies) == len(commands) and not complete.done():
            complete.set_result(None)

    connection.on_reply = take
    connection.send(*commands)
    await complete
    return replies
