"""What SMS and voice share of Twilio: the signature, the form, the client, and what its errors mean.

Source: twilio.com/docs/usage/security, /docs/api/errors.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import SIGNATURE_SETTINGS_HEADER, RequestValidator, get_signature_algorithm
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from bot.channels.base import Decision, Forged, RawRequest, Undecodable, Undelivered
from bot.channels.wire import Timeouts, is_loopback
from bot.config import TwilioSettings

SIGNATURE_HEADER = "x-twilio-signature"
EMPTY_RESPONSE = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
TWIML_TYPE = "text/xml; charset=utf-8"
_FIELDS_MOST = 400
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

T = TypeVar("T")


class Form:
    """Form fields as they were posted, blank ones too: they are part of the signature."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def getlist(self, name: str) -> list[str]:
        """Every value of a name (the validator asks for them so)."""
        return [value for each, value in self._pairs if each == name]

    def get(self, name: str, default: str = "") -> str:
        """The first value of a name."""
        return next(iter(self.getlist(name)), default)


def form_of(request: RawRequest) -> Form:
    """The posted fields; raises Undecodable if the body is no form in UTF-8."""
    try:
        if _BROKEN_ESCAPE.search(request.body):
            raise Undecodable
        text = request.body.decode("ascii")
        return Form(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MOST))
    except ValueError:
        raise Undecodable from None


def verify(request: RawRequest, auth_token: str, account_sid: str) -> None:
    """Raise Forged unless the URL and the fields carry this account's signature, HMAC-SHA1 or the newer SHA-256."""
    signature = request.headers.get(SIGNATURE_HEADER, "")
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER.lower(), ""))
    try:
        form = form_of(request)
    except Undecodable:
        raise Forged from None  # what cannot be read cannot be signed either
    if not auth_token or not RequestValidator(auth_token).validate(request.url, form, signature, algorithm):
        raise Forged
    if form.get("AccountSid") != account_sid:
        raise Forged


class _Rebased(TwilioHttpClient):  # type: ignore[misc]  # the library carries no types
    """The library's client, sent to another base address: region and edge cannot leave twilio.com."""

    def __init__(self, base: str, timeouts: Timeouts) -> None:
        super().__init__()
        self.timeout = (timeouts.connect, timeouts.read)  # the library hands it on; its own check knows one number only
        self._base = urlsplit(base.rstrip("/"))
        if is_loopback(base):
            self.session.trust_env = False  # no proxy of the environment for this machine

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        path = urlsplit(url)
        target = urlunsplit((self._base.scheme, self._base.netloc, self._base.path + path.path, path.query, ""))
        return super().request(method, target, *args, **kwargs)


class Caller:
    """Runs the synchronous client in threads of its own, so that a slow provider holds up nobody else."""

    def __init__(self, settings: TwilioSettings, name: str, *, timeouts: Timeouts | None = None) -> None:
        http = _Rebased(settings.api_base, timeouts or Timeouts())
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http)
        _ = self._client.messages, self._client.calls  # loads half a second of library now, not before the first page
        self._http = http
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix=name)

    async def call(self, act: Callable[[Client], T]) -> T:
        """What `act` gives with the client; raises Undelivered with what the error means."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, act, self._client)
        except (TwilioException, requests.RequestException, ValueError, KeyError) as error:
            raise undelivered(error) from None  # the last two: an answer that is not the provider's JSON

    async def aclose(self) -> None:
        """Close connections; a call on its way ends by its own timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.session.close()


_ADMIN = {20003, 20005, 20403, 20404, 21212, 21408, 21603, 21606, 21659, 21660, 30001, 30002, 30007, 30034}
_UNREACHABLE = {
    *(13223, 13224, 13225, 13227, 21211, 21214, 21217, 21610, 21612, 21614, 21635),
    *(30003, 30004, 30005, 30006, 30008, 30009, 63016),
}


def meaning(code: int) -> Decision | None:
    """What a documented error code asks for, whether it came at once or by status callback; None: unknown code."""
    if code in _ADMIN:
        return Decision.ALERT_ADMIN
    if code in _UNREACHABLE:
        return Decision.SWITCH_CHANNEL
    return Decision.RETRY if code in (20429, 20503, 14107) else None


def undelivered(error: Exception) -> Undelivered:
    """What an error of the client means for the sender; a 429 was never processed, a timeout may have arrived."""
    if not isinstance(error, TwilioRestException):
        never_left = isinstance(error, requests.ConnectTimeout) or _refused(error)
        return Undelivered(Decision.RETRY, type(error).__name__, unsure=not never_left)
    code = error.code if isinstance(error.code, int) else 0
    name = str(code or f"http_{error.status}")
    known = meaning(code)
    if known is not None:
        return Undelivered(known, name)
    if error.status == 429 or error.status >= 500:
        return Undelivered(Decision.RETRY, name, unsure=error.status != 429)
    if error.status in (401, 403, 404):
        return Undelivered(Decision.ALERT_ADMIN, name)
    return Undelivered(Decision.DEAD_LETTER, name)


def _refused(error: Exception) -> bool:
    """Whether no connection came about at all."""
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
