"""How calls get in.

A door carries gRPC calls to the servicers that grpcio generates for, and plain HTTP requests to one ASGI app:

- `envoy`: stock Envoy with Python inside it; TLS, HTTP/2 and HTTP/3, gRPC-Web and an access log on one port. It needs
  the `envoy` extra and a shared libpython.
- `nghttp2`: libnghttp2 under Python's own event loop, the same on one port but for HTTP/3. The leanest. It needs the
  `nghttp2` extra.
- `grpcio`: grpc.aio's own server, and uvicorn for HTTP and gRPC-Web on a second port. It runs wherever grpcio does.

A servicer cannot tell behind which it stands. All take what `add_XServicer_to_server(servicer, door)` hands them; all
answer a handler that raises with a neutral INTERNAL, a malformed message with INVALID_ARGUMENT, and a call that comes
while the process drains with UNAVAILABLE. Handlers are coroutines or async generators; a function that would block the
event loop is refused when it is registered. `context.write` works too; `context.read` not on the grpcio door.

`supervisor.py` opens a door: it starts the worker processes, restarts one that dies and drains them on the way out.
What stands behind it is an `App` (`app.py`), named by its factory, so that each worker builds its own. `calls/` makes
gRPC calls of ASGI's requests for the first two doors, behind which `collector.py` keeps garbage collections short;
`http1.py` speaks HTTP/1.1 for the last two.
"""
