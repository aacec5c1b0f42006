"""The fake providers as one web application: each answers under its own first path segment, such as `/kdniao/...`."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from doorstepd.carriers import PROVIDERS
from doorstepd.carriers.carrier import Credentials
from doorstepd.carriers.fake import TEST_CREDENTIALS
from doorstepd.carriers.fake.asked import FEDEX_TOKEN, Asked, numbers, refusal, signed, subscribes
from doorstepd.carriers.fake.journeys import JOURNEYS, FakeParcel, Scan
from doorstepd.carriers.fake.pushes import PUSHING, pushes
from doorstepd.carriers.fake.speech import REPLIES

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_BUSY: Mapping[str, Any] = {
    "kdniao": {"EBusinessID": "", "Success": False, "Reason": "系统繁忙", "ResultCode": "105"},
    "kuaidi100": {"result": False, "returnCode": "501", "message": "服务器错误"},
    "track17": {"code": 500, "data": {"errors": [{"code": 500, "message": "system busy"}]}},
    "aftership": {"meta": {"code": 503, "message": "Service unavailable", "type": "InternalError"}, "data": {}},
    "zto": {"status": False, "statusCode": "SYS999", "message": "系统繁忙", "result": None},
    "sf": {"apiResultCode": "A1099", "apiErrorMsg": "系统异常", "apiResultData": None},
    "yto": {"success": False, "code": "500", "reason": "系统繁忙"},
    "jd": {"error_response": {"code": "67", "zh_desc": "系统繁忙", "en_desc": "system busy"}},
    "dhl": {"title": "Internal error", "status": 500, "detail": "Try again"},
    "fedex": {"errors": [{"code": "INTERNAL.SERVER.ERROR", "message": "We encountered an unexpected error."}]},
    "fourpx": {"result": "0", "msg": "系统繁忙", "errors": [{"error_code": "0099", "error_msg": "系统繁忙"}]},
}
_SUBSCRIBED: Mapping[str, Any] = {
    "kdniao": {"Success": True, "Reason": ""},
    "kuaidi100": {"result": True, "returnCode": "200", "message": "提交成功"},
    "track17": {"code": 0, "data": {"accepted": [], "rejected": []}},
    "aftership": {"meta": {"code": 201}, "data": {}},
    "zto": {"result": None, "message": "操作成功", "statusCode": "SYS000", "status": True},
    "yto": {"success": True},
    "dhl": {},
}


class Mode(StrEnum):
    """How a fake provider behaves."""

    OK = "ok"
    DOWN = "down"
    SLOW = "slow"
    HTML = "html"
    ERROR_BODY = "error_body"
    EMPTY = "empty"
    LIMITED = "limited"


@dataclass(slots=True)
class FakeCarriers:
    """All providers' parcels and moods.

    A number that nobody announced starts on `journey` when it is first asked about. `speed` is how many minutes of a
    journey pass in one real minute; `push_to` is where pushes go, with `{provider}` in it.
    """

    journey: str = "normal"
    speed: float = 60.0
    push_to: str = ""
    credentials: Mapping[str, Credentials] = field(default_factory=lambda: TEST_CREDENTIALS)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    slow_seconds: float = 30.0
    modes: dict[str, Mode] = field(default_factory=dict)
    parcels: dict[tuple[str, str], FakeParcel] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                Route("/_fake/mode", self._set_mode, methods=["POST"]),
                Route("/_fake/parcels", self._announce, methods=["POST"]),
                Route("/{provider}/{path:path}", self._answer, methods=["GET", "POST"]),
            ]
        )

    def announce(
        self, provider: str, number: str, carrier: str = "", journey: str = "", callback_url: str = ""
    ) -> None:
        """Put a parcel on its way now."""
        of = carrier or ("zto" if provider in ("kdniao", "kuaidi100", "track17", "aftership") else provider)
        began = self.now()
        self.parcels[provider, number] = FakeParcel(
            number, of, journey or self.journey, began, self.speed, callback_url
        )

    async def push_due(self, http: httpx2.AsyncClient) -> int:
        """Send what has newly happened to every parcel; how many pushes were taken. What was not is sent again."""
        taken = 0
        for (provider, _), parcel in list(self.parcels.items()):
            url = parcel.callback_url or self.push_to.replace("{provider}", provider)
            if url and provider in PUSHING:
                taken += await self._push(http, provider, parcel, url)
        return taken

    async def _push(self, http: httpx2.AsyncClient, provider: str, parcel: FakeParcel, url: str) -> int:
        scans = parcel.scans(self.now())
        due = pushes(provider, parcel, scans, self.credentials[provider])
        try:
            answers = [await http.post(url, content=push.body, headers=dict(push.headers)) for push in due]
        except httpx2.HTTPError:
            return 0
        if not all(answer.is_success for answer in answers):
            return 0
        parcel.pushed = len(scans)
        return len(due)

    async def _set_mode(self, request: Request) -> Response:
        """`{"provider": "kdniao", "mode": "html"}`."""
        asked = await request.json()
        if asked.get("provider") not in PROVIDERS or asked.get("mode") not in list(Mode):
            return JSONResponse({"error": "provider and mode must be known"}, 400)
        self.modes[asked["provider"]] = Mode(asked["mode"])
        return JSONResponse({})

    async def _announce(self, request: Request) -> Response:
        """`{"provider": "kdniao", "tracking_number": "1", "carrier": "zto", "journey": "locker"}`."""
        asked = await request.json()
        journey = asked.get("journey", "normal")
        if asked.get("provider") not in PROVIDERS or journey not in JOURNEYS or not asked.get("tracking_number"):
            return JSONResponse({"error": "provider, journey and tracking_number must be given"}, 400)
        self.announce(asked["provider"], str(asked["tracking_number"]), str(asked.get("carrier", "")), journey)
        return JSONResponse({})

    async def _answer(self, request: Request) -> Response:
        provider = request.path_params["provider"]
        if provider not in PROVIDERS:
            return Response(status_code=404)
        self.calls[provider] = self.calls.get(provider, 0) + 1
        failing = await self._fail(provider)
        if failing:
            return failing
        asked = Asked(
            "/" + request.path_params["path"], dict(request.query_params), dict(request.headers), await request.body()
        )
        return self._as_provider(provider, asked)

    async def _fail(self, provider: str) -> Response | None:
        match self.modes.get(provider, Mode.OK):
            case Mode.DOWN:
                return Response(status_code=503)
            case Mode.HTML:
                return HTMLResponse(_PAGE)
            case Mode.ERROR_BODY:
                return JSONResponse(_BUSY[provider])
            case Mode.LIMITED:
                return JSONResponse({"title": "Too many requests", "status": 429}, 429, {"Retry-After": "60"})
            case Mode.SLOW:
                await asyncio.sleep(self.slow_seconds)
        return None

    def _as_provider(self, provider: str, asked: Asked) -> Response:
        keys = self.credentials[provider]
        if provider == "fedex" and asked.path == "/oauth/token":
            return _token(asked, keys)
        try:
            proven = signed(provider, asked, keys)
            wanted = numbers(provider, asked) if proven else []
        except (KeyError, ValueError, AttributeError, TypeError):
            proven, wanted = False, []
        if not proven:
            status, body = refusal(provider)
            return JSONResponse(body, status)
        if subscribes(provider, asked):
            return self._subscribe(provider, asked, wanted)
        found: list[tuple[FakeParcel, Sequence[Scan]]] = [
            (parcel, self._scans(provider, parcel)) for parcel in self._parcels(provider, wanted)
        ]
        return JSONResponse(REPLIES[provider](found) if found else refusal(provider)[1])

    def _subscribe(self, provider: str, asked: Asked, wanted: Sequence[str]) -> Response:
        for parcel in self._parcels(provider, wanted):
            if provider == "kuaidi100":
                parameters = json.loads(asked.form["param"]).get("parameters", {})
                parcel.callback_url = str(parameters.get("callbackurl", ""))
        return JSONResponse(_SUBSCRIBED.get(provider, {}))

    def _parcels(self, provider: str, wanted: Sequence[str]) -> list[FakeParcel]:
        for number in wanted:
            if (provider, number) not in self.parcels:
                self.announce(provider, number, journey=self.journey)
        return [self.parcels[provider, number] for number in wanted]

    def _scans(self, provider: str, parcel: FakeParcel) -> list[Scan]:
        return [] if self.modes.get(provider) is Mode.EMPTY else parcel.scans(self.now())


def _token(asked: Asked, keys: Credentials) -> Response:
    form = asked.form
    if (form.get("client_id"), form.get("client_secret")) != (keys["client_id"], keys["client_secret"]):
        return JSONResponse(refusal("fedex")[1], 401)
    return JSONResponse({"access_token": FEDEX_TOKEN, "token_type": "bearer", "expires_in": 3599})
