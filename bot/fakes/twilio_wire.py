"""The provider's forms and JSON documents, field by field. Pure.

Source: twilio.com/docs/messaging/api, /docs/voice/api.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from email.utils import format_datetime
from typing import Any

from bot.fakes.phone import Call, Sms

_GEOGRAPHY = ("City", "State", "Zip")
_FINAL = ("completed", "busy", "no-answer", "failed", "canceled")
_EVENTS = ("initiated", "ringing", "answered", "completed")


def received(sms: Sms, account_sid: str) -> dict[str, str]:
    """The form of a text message that came in."""
    return {
        "MessageSid": sms.sid,
        "SmsSid": sms.sid,
        "SmsMessageSid": sms.sid,
        "SmsStatus": "received",
        "Body": sms.body,
        "NumMedia": "0",
        "NumSegments": "1",
        **_parties(account_sid, sms.from_, sms.to),
    }


def message_status(sms: Sms, account_sid: str, error_code: int | None) -> dict[str, str]:
    """The form of a status callback."""
    fields = {
        "MessageSid": sms.sid,
        "SmsSid": sms.sid,
        "MessageStatus": sms.status,
        "SmsStatus": sms.status,
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": sms.from_,
        "To": sms.to,
    }
    return fields | ({"ErrorCode": str(error_code)} if error_code else {})


def call_form(call: Call, account_sid: str) -> dict[str, str]:
    """The fields that every request about a call carries."""
    sides = {"Called": call.to, "Caller": call.from_, "Direction": "outbound-api"}
    return {"CallSid": call.sid, "CallStatus": call.status} | sides | _parties(account_sid, call.from_, call.to)


def call_status(call: Call, account_sid: str, event: str) -> dict[str, str]:
    """The form of a call's progress callback."""
    more = {"CallbackSource": "call-progress-events", "SequenceNumber": str(_EVENTS.index(event))}
    times = {"CallDuration": "0", "Duration": "0"} if call.status in _FINAL else {}
    return call_form(call, account_sid) | more | times


def message_json(sms: Sms, account_sid: str) -> dict[str, Any]:
    """The answer to a message that was accepted."""
    return _common(account_sid, "Messages", sms) | {
        "body": sms.body,
        "num_segments": "1",
        "num_media": "0",
        "status": sms.status,
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "messaging_service_sid": None,
    }


def message_page(found: Sequence[Sms], account_sid: str) -> dict[str, Any]:
    """One page of the account's log of messages, and no next one."""
    return {
        "messages": [message_json(sms, account_sid) for sms in found],
        "first_page_uri": "",
        "next_page_uri": None,
        "previous_page_uri": None,
        "page": 0,
        "page_size": len(found),
    }


def call_json(call: Call, account_sid: str) -> dict[str, Any]:
    """The answer to a call that was accepted."""
    return _common(account_sid, "Calls", call) | {
        "status": "queued",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "answered_by": None,
    }


def error(code: int, status: int) -> dict[str, Any]:
    """The body of a refusal."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": "refused by the fake network", "more_info": more, "status": status}


def sid(kind: str) -> str:
    """A new id of 34 characters."""
    return kind + secrets.token_hex(16)


def _parties(account_sid: str, from_: str, to: str) -> dict[str, str]:
    fields = {"From": from_, "To": to, "AccountSid": account_sid, "ApiVersion": "2010-04-01"}
    for party, number in (("From", from_), ("To", to)):
        fields |= {f"{party}{part}": "" for part in _GEOGRAPHY}
        fields[f"{party}Country"] = "VN" if number.startswith("+84") else "US"
    return fields


def _common(account_sid: str, kind: str, made: Sms | Call) -> dict[str, Any]:
    stamp = format_datetime(made.at)
    return {
        "sid": made.sid,
        "account_sid": account_sid,
        "to": made.to,
        "from": made.from_,
        "direction": "outbound-api",
        "date_created": stamp,
        "date_updated": stamp,
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{account_sid}/{kind}/{made.sid}.json",
        "subresource_uris": {},
    }
