"""How calls get in.

A door carries gRPC calls to the servicers that grpcio generates for, and plain HTTP requests to one ASGI app:

- `envoy`: stock Envoy with Python inside it; `asgi.py` speaks gRPC to it. The fast one, with gRPC-Web, TLS, HTTP/2
  and HTTP/3, flow control and an access log, on one port. It needs the `envoy` extra and a shared libpython.
- `grpcio`: grpc.aio's own server, and uvicorn for HTTP and gRPC-Web on a second port. It runs wherever grpcio does.

A servicer cannot tell which of the two it stands behind. Both take what `add_XServicer_to_server(servicer, door)` hands
them; both answer a handler that raises with a neutral INTERNAL, a malformed message with INVALID_ARGUMENT, and a call
that comes while the process drains with UNAVAILABLE. Handlers are coroutines or async generators; a function that would
block the event loop is refused when it is registered. `context.write` works too; `context.read` only on the Envoy door.

`supervisor.py` opens a door: it starts the worker processes, restarts one that dies and drains them on the way out.
What stands behind it is an `App` (`app.py`), named by its factory, so that each worker builds its own.

In the Envoy door a call goes `asgi` (which method) -> `call` (what its handler sees) -> `arities` (one of four shapes),
reading from an `Inbox` (`framing`), writing to an `Outbox`; in the grpcio door it goes through `shield`. `departures`
ends calls whose callers have left, `stalls` those whose callers stopped reading: a message that takes ten seconds to be
taken ends its stream, so send large things in pieces of 64 KiB or less.
"""
