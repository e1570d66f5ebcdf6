"""What every fake provider can be told to do wrong, and how it calls us."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Fault:
    """One answer that goes wrong; `taken`: the provider did accept the message, only its answer is bad."""

    response: Response
    taken: bool


class FakeProvider:
    """Faults on demand, and signed requests towards our own webhooks.

    `public_url` is what is signed; where our server really listens may be another address (`reach`), or no address at
    all when `transport` hands the requests to the application directly.
    """

    def __init__(
        self, public_url: str, *, reach: str | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.public_url = public_url.rstrip("/")
        self.down = False  # a load balancer without a provider behind it
        self.requests = 0  # API calls that came, refused ones too
        self._delay = 0.0
        self._faults: deque[Fault | None] = deque()
        self._reach = reach
        self._transport = transport

    def fail_next(
        self,
        status: int,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
        after: int = 0,
        taken: bool = False,
    ) -> None:
        """Answer `times` calls with this after `after` good ones; with `taken`, messages are accepted all the same."""
        response = JSONResponse(dict(body or {}), status, headers=dict(headers or {}))
        self._faults.extend([None] * after)
        self._faults.extend([Fault(response, taken)] * times)

    def slow(self, seconds: float) -> None:
        """Take so long over every call from now on; 0 ends it."""
        self._delay = seconds

    def reach(self, base: str) -> None:
        """Send webhooks to this address from now on; what is signed stays the public one."""
        self._reach = base

    def _guarded(self, routes: Mapping[str, Handler]) -> Starlette:
        return Starlette(
            routes=[
                Route(path, self._with_faults(handler), methods=["GET", "POST"]) for path, handler in routes.items()
            ]
        )

    def _with_faults(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            self.requests += 1
            if self._delay:
                await asyncio.sleep(self._delay)
            if self.down:
                return Response("<html>503 Service Temporarily Unavailable</html>", 503, media_type="text/html")
            fault = self._faults.popleft() if self._faults else None
            if fault is not None and not fault.taken:
                return fault.response
            response = await handler(request)
            return fault.response if fault else response

        return guarded

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Call one of our webhooks; the URL is the public one, the wire goes where our server listens."""
        async with httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=15) as client:
            return await client.post(self._wire(url), content=body, headers=dict(headers))

    def _wire(self, url: str) -> str:
        if self._reach is None:
            return url
        base, asked = urlsplit(self._reach), urlsplit(url)
        return urlunsplit((base.scheme, base.netloc, asked.path, asked.query, ""))


async def form(request: Request) -> dict[str, str]:
    """The posted form, one value a name."""
    async with request.form() as posted:
        return {name: value for name, value in posted.items() if isinstance(value, str)}
