"""gRPC calls over ASGI, for the doors that do not leave them to grpcio.

A call goes `asgi` (which method) -> `call` (what its handler sees) -> `arities` (one of four shapes), reading from an
`Inbox` (`framing`), writing to an `Outbox`. `departures` ends calls whose callers have left, `stalls` those whose
callers stopped reading: a message that takes ten seconds to be taken ends its stream, so send large things in pieces of
64 KiB or less.
"""
