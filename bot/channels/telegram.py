"""Telegram: updates by webhook with a secret header, messages by the Bot API.

Source: core.telegram.org/bots/api. python-telegram-bot is the typed client and parser; routing and queues are ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot, ChatMember, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.channels import text as words
from bot.channels.base import (
    Button,
    ChannelEvent,
    Decision,
    Forged,
    Inbound,
    Limits,
    Outbound,
    RawRequest,
    Receipt,
    Undecodable,
    Undelivered,
    WebhookAnswer,
)
from bot.channels.loops import OwnLoop
from bot.channels.parts import Parts
from bot.channels.phones import e164
from bot.channels.wire import Timeouts, is_loopback, may_have_arrived, tls
from bot.config import TelegramSettings

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's opt-in; without it every 429 raises a warning

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name
_DATA_BYTES = 64  # callback_data
_SHORTENED = "#ct:~"
_MEDIA = {
    "photo": "image",
    "animation": "image",
    "voice": "voice",
    "audio": "voice",
    "video": "video",
    "video_note": "video",
    "sticker": "sticker",
    "document": "file",
    "location": "location",
    "venue": "location",
    "contact": "contact",
}
_OTHER = ("poll", "dice", "game", "story", "paid_media", "invoice", "checklist")


class Telegram:
    """One bot, private chats only."""

    name = "telegram"
    limits = Limits(text=4096, buttons=100)

    def __init__(self, settings: TelegramSettings, *, timeouts: Timeouts | None = None) -> None:
        self._secret = settings.secret.encode()
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        self._parts = Parts()
        self._loop = OwnLoop(self.name)
        self._bot: Bot | None = self._made()  # used in its own loop only

    def verify(self, request: RawRequest) -> None:
        """Raise Forged unless the header carries the secret given to setWebhook; the body itself is not signed."""
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not self._secret or not hmac.compare_digest(given, self._secret):
            raise Forged

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        """What a private chat's update says; groups, channels and service notes say nothing."""
        update = _update(request.body)
        try:
            event = _event(update)
        except (AttributeError, TypeError, ValueError):
            raise Undecodable from None
        return (event,) if event else ()

    def answer(self, request: RawRequest) -> WebhookAnswer | None:
        """Stop the pressed button's spinner, or leave a group, by a method named in the response."""
        try:
            update = _update(request.body)
        except Undecodable:
            return None
        call = _answering_call(update)
        return WebhookAnswer(json.dumps(call).encode(), "application/json") if call else None

    async def send(self, message: Outbound) -> Receipt:
        """Send the text in parts of at most 4,096 units; the choices stand under the last one."""
        texts = words.split(words.clean(message.text), self.limits.text)
        keyboard = keyboard_of(message.buttons)

        async def send_one(place: int, part: str) -> str:
            markup = keyboard if place == len(texts) - 1 else None
            return await self._loop.run(self._send_one(_chat(message.address), part, markup))

        return await self._parts.send(message, texts, send_one, mark=message.mark, most=self.limits.text)

    async def hide(self, address: str, message_ids: Sequence[str]) -> None:
        """Delete messages of a private chat, both sides' (younger than 48 hours); raises Undelivered."""
        await self._loop.run(self._delete(_chat(address), [int(each) for each in message_ids]))

    async def aclose(self) -> None:
        """Close connections."""
        await self._loop.aclose(self._close)

    async def _send_one(self, chat: int, text: str, markup: InlineKeyboardMarkup | None) -> str:
        try:
            sent = await self._client().send_message(chat, text, reply_markup=markup)
        except TelegramError as error:
            raise undelivered(error) from None
        return str(sent.message_id)

    async def _delete(self, chat: int, message_ids: Sequence[int]) -> None:
        try:
            for start in range(0, len(message_ids), 100):
                await self._client().delete_messages(chat, message_ids[start : start + 100])
        except TelegramError as error:
            raise undelivered(error) from None

    async def _close(self) -> None:
        bot, self._bot = self._bot, None
        for request in (
            bot._request if bot else ()
        ):  # Bot.shutdown() closes nothing before initialize(), which asks getMe
            await request.shutdown()

    def _client(self) -> Bot:
        if self._bot is None:
            self._bot = self._made()
        return self._bot

    def _made(self) -> Bot:
        base = self._settings.api_base.rstrip("/")
        times = self._timeouts

        def client() -> HTTPXRequest:
            return HTTPXRequest(
                connection_pool_size=16,
                connect_timeout=times.connect,
                read_timeout=times.read,
                write_timeout=times.read,
                pool_timeout=times.read,
                httpx_kwargs={"trust_env": not is_loopback(base), "verify": tls()},
            )

        return Bot(
            self._settings.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=client(),
            get_updates_request=client(),
        )


def undelivered(error: TelegramError) -> Undelivered:
    """What an error of the Bot API means for the sender. A call that timed out may have arrived."""
    code = type(error).__name__
    match error:
        case RetryAfter():
            return Undelivered(Decision.RETRY, code, retry_after=_wait(error))
        case Forbidden():
            return Undelivered(Decision.SWITCH_CHANNEL, code)
        case InvalidToken() | Conflict():
            return Undelivered(Decision.ALERT_ADMIN, code)
        case BadRequest() if "not found" in error.message.lower() or "deactivated" in error.message.lower():
            return Undelivered(Decision.SWITCH_CHANNEL, "ChatNotFound")
        case BadRequest():
            return Undelivered(Decision.DEAD_LETTER, code)
        case _:
            return Undelivered(Decision.RETRY, code, unsure=may_have_arrived(error.__cause__))


def keyboard_of(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """One choice per row: titles are whole sentences."""
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.title, callback_data=callback_data(button.payload))] for button in buttons]
    )


def callback_data(payload: str) -> str:
    """The payload, or a digest of one over 64 bytes; a press of the digest is read as the words on the button."""
    if len(payload.encode()) <= _DATA_BYTES:
        return payload
    return _SHORTENED + hashlib.sha256(payload.encode()).hexdigest()[:40]


def _wait(error: RetryAfter) -> timedelta:
    after = error.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)


def _chat(address: str) -> int:
    try:
        return int(address)
    except ValueError:
        raise Undelivered(Decision.DEAD_LETTER, "BadAddress") from None


def _update(body: bytes) -> Update:
    try:
        data = json.loads(body)
        if not isinstance(data, dict) or not isinstance(data.get("update_id"), int):
            raise Undecodable
        return Update.de_json(data, None)
    except Undecodable:
        raise
    except Exception:  # the parser raises whatever a wrong shape leads to
        raise Undecodable from None


def _event(update: Update) -> Inbound | None:
    if update.callback_query is not None:
        return _press(update)
    if update.my_chat_member is not None:
        return _left(update)
    message = update.message or update.edited_message
    if message is None or message.chat.type != ChatType.PRIVATE:
        return None
    return _said(update, message)


def _press(update: Update) -> Inbound | None:
    query = update.callback_query
    assert query is not None
    chat = query.message.chat if query.message else None
    if chat is not None and chat.type != ChatType.PRIVATE:
        return None
    payload = words.clean(query.data or "")
    title = words.clean(_title(query.message, query.data))
    shortened = payload.startswith(_SHORTENED) or not payload.startswith("#ct:")
    return Inbound(
        channel="telegram",
        provider_id=str(update.update_id),
        address=str(chat.id if chat else query.from_user.id),
        kind="text" if shortened else "press",
        text=(title or payload) if shortened else payload,
        detail={"callback_query_id": query.id, "title": title},
    )


def _title(message: Any, data: str | None) -> str:
    if not isinstance(message, Message) or message.reply_markup is None:
        return ""
    rows = message.reply_markup.inline_keyboard
    return next((button.text for row in rows for button in row if button.callback_data == data), "")


def _left(update: Update) -> Inbound | None:
    change = update.my_chat_member
    assert change is not None
    if change.chat.type != ChatType.PRIVATE or change.new_chat_member.status != ChatMember.BANNED:
        return None
    return Inbound("telegram", str(update.update_id), str(change.chat.id), "unfollow", sent_at=change.date)


def _said(update: Update, message: Message) -> Inbound | None:
    media = _media(message)
    text = words.clean(message.text or message.caption or "")
    command, _, payload = text.partition(" ")
    start = message.text is not None and command == "/start"
    if message.text is None and not media:
        return None  # a service note: a pinned message, a changed title
    return Inbound(
        channel="telegram",
        provider_id=str(update.update_id),
        address=str(message.chat.id),
        kind="media" if media else "follow" if start else "text",
        text="" if start else text,
        media=media,
        sent_at=_stamp(message),
        detail={"message_id": str(message.message_id)} | ({"start": payload} if start else dict(_facts(message))),
    )


def _stamp(message: Message) -> datetime:
    return message.edit_date or message.date


def _media(message: Message) -> str:
    for attribute, kind in _MEDIA.items():
        if getattr(message, attribute):
            return kind
    return "file" if any(getattr(message, attribute) for attribute in _OTHER) else ""


def _facts(message: Message) -> Iterator[tuple[str, str]]:
    """What a position, a shared number or a sticker says in words; never a file."""
    if message.edit_date:
        yield "edited", "1"
    if message.location:
        yield "latitude", str(message.location.latitude)
        yield "longitude", str(message.location.longitude)
    if message.contact:
        own = message.from_user is not None and message.contact.user_id == message.from_user.id
        yield "phone", e164(message.contact.phone_number) or words.clean(message.contact.phone_number)
        yield "own", "1" if own else "0"
    if message.sticker and message.sticker.emoji:
        yield "emoji", words.clean(message.sticker.emoji)


def _answering_call(update: Update) -> Mapping[str, Any] | None:
    if update.callback_query is not None:
        return {"method": "answerCallbackQuery", "callback_query_id": update.callback_query.id}
    message = update.message
    if message is not None and message.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP):
        return {"method": "leaveChat", "chat_id": message.chat.id}
    return None
