"""A message arrives whole on every channel, and does not cost a family its credit."""

from __future__ import annotations

import pytest

from bot.channels.base import Button, Limits
from bot.channels.segments import cost, for_sms
from bot.channels.sms import TwilioSms
from bot.channels.telegram import Telegram
from bot.channels.text import utf16_length, with_numbers
from bot.channels.web import LocalChannel
from bot.channels.zalo import ZaloOA
from flows.definition import Definitions
from flows.effects import Choice
from tests.flows.wording import filled, said

LIMITS = {"zalo": ZaloOA.limits, "sms": TwilioSms.limits, "telegram": Telegram.limits, "web": LocalChannel.limits}
BUTTONS = ZaloOA.limits.buttons  # the fewest of a channel that has any
PAYLOAD_BYTES = 64  # Telegram: callback_data
SMS_SEGMENTS = 4  # of one message without marks
CARD_SEGMENTS = 2


@pytest.mark.parametrize("channel", LIMITS)
def test_no_message_is_cut_in_two(definitions: Definitions, channel: str) -> None:
    limits = LIMITS[channel]
    for address in definitions.directory.addresses:
        for response, variation in said(definitions):
            text = whole(filled(definitions, variation.text, address), variation.choices, limits)
            assert utf16_length(text) <= limits.text, response.key


def test_a_message_costs_few_sms(definitions: Definitions) -> None:
    for address in definitions.directory.addresses:
        for response, variation in said(definitions):
            text = whole(filled(definitions, variation.text, address), variation.choices, LIMITS["sms"])
            assert cost(for_sms(text, diacritics=False)).segments <= SMS_SEGMENTS, (response.key, variation.line)


def test_the_short_form_of_a_card_costs_two_sms(definitions: Definitions) -> None:
    for card in definitions.library.cards.values():
        for address in definitions.directory.addresses:
            assert (
                cost(for_sms(filled(definitions, card.short, address), diacritics=False)).segments <= CARD_SEGMENTS
            ), card.id


def whole(text: str, choices: tuple[Choice, ...], limits: Limits) -> str:
    """The message as one text, with numbered lines where the channel has no buttons."""
    buttons = tuple(Button(choice.title, choice.payload) for choice in choices)
    return text if len(buttons) <= limits.buttons else with_numbers(text, buttons)


def test_choices_fit_under_every_message(definitions: Definitions) -> None:
    for response, variation in said(definitions):
        # six kinds of people ask: where there is no room for their buttons they are numbered lines
        assert len(variation.choices) <= (6 if response.key == "utter_ask_audience" else BUTTONS), response.key
        assert len({choice.title for choice in variation.choices}) == len(variation.choices), response.key
        for choice in variation.choices:
            assert 0 < len(choice.title) <= 40
            assert len(choice.payload.encode()) <= PAYLOAD_BYTES, choice.payload
