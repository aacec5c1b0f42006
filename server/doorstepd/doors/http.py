"""What is not gRPC: carrier webhooks, /healthz, /metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from doorstepd.carriers.carrier import Push
from doorstepd.doors import scrape
from doorstepd.errors import DeadlineTooShort, Internal, InvalidRequest, Refusal, Violation
from doorstepd.intake.receive_push import PushReceiver
from doorstepd.logs import describe_failure

log = structlog.get_logger(__name__)

MOST_BYTES = 1024 * 1024
SLOWEST_S = 5.0

_STATUS = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 408,
}


class BodyTooLarge(InvalidRequest):
    """The body is larger than 1 MB; send fewer parcels at a time."""

    reason = "TOO_MANY_ITEMS"


def http_app(
    pushes: PushReceiver, healthy: Callable[[], Awaitable[bool]], carry: Callable[[], None] | None
) -> Starlette:
    """The app; `healthy` asks the database, `carry` brings the metrics up to date; without it they are not here."""

    async def push(request: Request) -> Response:
        try:
            body = await _body(request)
            path = request.path_params
            headers = {name.lower(): value for name, value in request.headers.items()}
            received = Push(body, headers.get("content-type", ""), headers, dict(request.query_params))
            reply = await pushes.receive(path["provider"], path["secret"], received, datetime.now(UTC))
        except Refusal as refusal:
            return _refused(refusal)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            log.error("push.failed", provider=request.path_params["provider"], **describe_failure(error))
            return _refused(Internal())
        return Response(reply.body, reply.status, media_type=reply.content_type)

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n") if await healthy() else PlainTextResponse("database away\n", 503)

    async def metrics(request: Request) -> Response:
        if carry is None:
            return PlainTextResponse("metrics are on their own port\n", 404)
        carry()
        return Response(scrape.exposition(), media_type=scrape.CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/webhooks/{provider}/{secret}", push, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/metrics", metrics),
        ]
    )


async def _body(request: Request) -> bytes:
    """The whole body, read no further than its limit and no longer than a provider would wait."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding not in ("", "identity"):
        raise InvalidRequest(Violation("content-encoding", "is not accepted here; send the body as it is"))
    if int(request.headers.get("content-length") or 0) > MOST_BYTES:
        raise BodyTooLarge
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(SLOWEST_S):
            async for part in request.stream():
                size += len(part)
                if size > MOST_BYTES:
                    raise BodyTooLarge
                parts.append(part)
    except TimeoutError:
        raise DeadlineTooShort from None
    body = b"".join(parts)
    if not body:
        raise InvalidRequest(Violation("body", "is empty"))
    return body


def _refused(refusal: Refusal) -> Response:
    content = {
        "reason": refusal.reason,
        "message": refusal.message,
        "fields": {one.field: one.description for one in refusal.violations},
    }
    return JSONResponse(content, _STATUS.get(refusal.code, 500))
