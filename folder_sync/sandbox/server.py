"""How every API request is handled: fault, quota, the whole body, the call itself, then an answer or none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from folder_sync.sandbox.answers import Dropped, EarlyAnswer, Refusal, bare, envelope, placeholder
from folder_sync.sandbox.calls import Calls, Upload, api_key
from folder_sync.sandbox.control import control_routes
from folder_sync.sandbox.faults import Fault, Kind, Route
from folder_sync.sandbox.forms import read_form
from folder_sync.sandbox.ledger import Arrival, Call
from folder_sync.sandbox.quota import Verdict
from folder_sync.sandbox.state import Sandbox

_IMAGES = "/dashboard/api/v1/trade-items/{organization_id}/{gtin}/images"


def create_app(sandbox: Sandbox, *, max_bytes: int | None) -> Starlette:
    """The ASGI application. Photos of more than ``max_bytes`` are 413; None: no limit.

    ``scope["state"]["drop"]`` and ``["reset"]`` must be there: functions that end the connection at once.
    """
    calls = Calls(sandbox, max_bytes)

    def route(methods: str, path: str, name: Route, act: Callable[[Request], Response]) -> HttpRoute:
        async def endpoint(request: Request) -> Response:
            return await _Passage(sandbox, name, request, act).answer()

        return HttpRoute(path, endpoint, methods=methods.split())

    async def upload(request: Request) -> Response:
        return await _UploadPassage(sandbox, request, calls).answer()

    async def on_bug(_: Request, exc: Exception) -> Response:
        return envelope(500, f"The sandbox itself failed: {exc!r}")

    return Starlette(
        routes=[
            *control_routes(sandbox),
            HttpRoute(_IMAGES, upload, methods=["POST"]),
            route("GET", _IMAGES, "list", calls.list_images),
            route("DELETE", _IMAGES + "/{image_id}", "delete", calls.delete),
            route("GET", "/account/api/v1/whoami", "whoami", calls.whoami),
            route("GET", "/products/api/v1/trade-items/{gtin}", "trade_item", calls.trade_item),
            route("GET", "/media/{image_id}.{extension}", "media", calls.media),
            route("GET POST PUT PATCH DELETE", "/{path:path}", "other", calls.nothing),
        ],
        exception_handlers={Exception: on_bug},
    )


class _Passage:
    """One request on its way through."""

    def __init__(self, sandbox: Sandbox, route: Route, request: Request, act: Callable[[Request], Response]) -> None:
        self._sandbox = sandbox
        self._request = request
        self._act = act
        self._metered = route != "media"
        self._fault = sandbox.faults.take(request.method, route, _gtin_of(sandbox, request))

    async def answer(self) -> Response:
        """The answer with the headers that every answer has; :class:`Dropped` where there is to be none."""
        sandbox = self._sandbox
        verdict = sandbox.quota.take(api_key(self._request)) if self._metered else None
        await asyncio.sleep(sandbox.faults.latency)
        try:
            response = await self._go(verdict)
        except Refusal as refusal:
            response = refusal.answer()
        except ClientDisconnect:
            response = Dropped()
        status = response.status_code or None
        self._settle(status)
        sandbox.ledger.called(Call(sandbox.clock.true(), self._request.method, self._request.url.path, status))
        now = sandbox.clock.shown()
        response.headers["Date"] = formatdate(now, usegmt=True)
        if verdict is not None:
            response.headers.update(verdict.headers(now))
        for name, text in ((self._fault and self._fault.headers) or {}).items():
            del response.headers[name]
            if text is not None:
                response.headers[name] = text
        return response

    async def _go(self, verdict: Verdict | None) -> Response:
        if self._fault is not None and (answer := await self._in_the_body(self._fault)):
            return answer
        await self._receive()
        if self._fault is not None and (answer := await _before(self._fault)):
            return answer
        if verdict is not None and not verdict.allowed:
            raise Refusal(429, "Too many requests. Wait as long as Retry-After says.")
        try:
            response = self._act(self._request)
        except Refusal as refusal:
            response = refusal.answer()
        return response if self._fault is None else await _after(self._fault, response)

    async def _in_the_body(self, fault: Fault) -> Response | None:
        """End the request as the fault says, before all of it has been read, if the fault says so."""
        if fault.kind is Kind.DROP_BEFORE_BODY:
            return Dropped()
        if fault.kind is Kind.RESET_IN_BODY:
            await self._receive_half()
            return Dropped(reset=True)
        if fault.early and (answer := _scripted(fault)):
            return EarlyAnswer(answer) if await self._receive_half() else answer
        return None

    async def _receive_half(self) -> bool:
        """Read and discard half of the body. Returns whether more is to come."""
        half = int(self._request.headers.get("content-length", "0")) / 2
        read, more = 0, True
        while more and read < half:
            message = await self._request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            read, more = read + len(message.get("body", b"")), message.get("more_body", False)
        return more

    async def _receive(self) -> None:
        """Read the body. Only an upload has one."""

    def _settle(self, status: int | None) -> None:
        """The outcome is known."""


class _UploadPassage(_Passage):
    """Read the whole body, whatever the answer will be: the ledger has to record what arrived."""

    def __init__(self, sandbox: Sandbox, request: Request, calls: Calls) -> None:
        super().__init__(sandbox, "upload", request, self._upload)
        self._calls = calls
        self._received: Upload | None = None

    async def _receive(self) -> None:
        request, sandbox = self._request, self._sandbox
        if "content-length" not in request.headers:
            raise Refusal(411, "Send a Content-Length.")
        path = sandbox.catalogue.new_file()
        try:
            form = await read_form(request.headers.get("content-type", ""), request.stream(), path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        arrival = Arrival(
            at=sandbox.clock.true(),
            organization_id=request.path_params["organization_id"],
            gtin=request.path_params["gtin"].zfill(14),
            title=form.title,
            is_primary=form.is_primary,
            filename=form.filename,
            sha256=form.sha256,
            size=form.size,
        )
        late = self._fault is not None and self._fault.kind is Kind.STORE_LATE
        delay = self._fault.seconds if self._fault is not None and late else 0.0
        self._received = Upload(form, path, sandbox.ledger.arrived(arrival), delay)

    def _upload(self, request: Request) -> Response:
        assert self._received is not None  # noqa: S101 - received before anything is called
        return self._calls.upload(request, self._received)

    def _settle(self, status: int | None) -> None:
        if self._received is not None:
            self._sandbox.ledger.answered(self._received.number, status)
            if not self._received.stored:
                self._received.path.unlink()


async def _before(fault: Fault) -> Response | None:
    """What the fault answers instead of making the call; None: nothing."""
    if fault.kind is Kind.DROP_AFTER_BODY:
        return Dropped()
    if fault.kind is Kind.FORBIDDEN:
        return envelope(403, "The product belongs to another organization.")
    if fault.kind is Kind.PLACEHOLDER:
        return placeholder()
    if fault.stored:
        return None
    if fault.kind is Kind.STALL:
        await asyncio.sleep(fault.seconds)
    return _scripted(fault)


async def _after(fault: Fault, response: Response) -> Response:
    """What the fault makes of the call's true answer."""
    if fault.kind in {Kind.DROP_AFTER_STORE, Kind.STORE_LATE}:
        return Dropped()
    if fault.kind is Kind.MALFORMED_201:
        return Response('{"id": ' if fault.body is None else fault.body, 201, media_type="application/json")
    if fault.stored and fault.kind is Kind.STALL:
        await asyncio.sleep(fault.seconds)
    return _scripted(fault) or response


def _scripted(fault: Fault) -> Response | None:
    if fault.kind is Kind.ERROR_HTML:
        return bare(fault.status, fault.body)
    if fault.kind is Kind.STATUS:
        answer = envelope(fault.status, fault.message, code=fault.code)
        if fault.seconds:
            answer.headers["Retry-After"] = f"{fault.seconds:g}"
        return answer
    return None


def _gtin_of(sandbox: Sandbox, request: Request) -> str | None:
    """As GTIN-14, where the request is about a product."""
    if gtin := request.path_params.get("gtin"):
        return str(gtin).zfill(14)
    image = sandbox.catalogue.find(request.path_params.get("image_id", ""))
    return None if image is None else image.gtin
