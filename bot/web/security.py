"""What every answer carries, whoever asks: a policy that lets no foreign script, style or frame in."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "x-robots-tag": "noindex",
}
_TWO_YEARS = "max-age=63072000"


class SecureHeaders:
    """Adds the headers above; only files of our own may be kept by a browser."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kept = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                headers["cache-control"] = "public, max-age=300" if kept else "no-store"
                if self.https:
                    headers["strict-transport-security"] = _TWO_YEARS
            await send(message)

        await self.app(scope, receive, send_with_headers)


class TooLong:
    """Refuses a request that says it is too long before anything of it is read, in words of ours."""

    def __init__(self, app: ASGIApp, *, limit: int, refuse: Callable[[Request], Response]) -> None:
        self.app = app
        self.limit = limit
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            said = Headers(scope=scope).get("content-length", "0")
            if said.isdecimal() and (len(said) > 12 or int(said) > self.limit):
                await self.refuse(Request(scope))(scope, receive, send)
                return
        await self.app(scope, receive, send)


def same_site(request: Request, public_url: str) -> bool:
    """Whether a form was sent by a page of our own; a browser too old to say where it comes from is let through.

    The cookies are SameSite and console forms carry a token besides; this is the second lock.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin in {None, "null"}:
        return origin is None
    host = request.headers.get("host", "")
    return origin in {public_url.rstrip("/"), f"http://{host}", f"https://{host}"}
