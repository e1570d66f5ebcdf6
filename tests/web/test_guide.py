"""Guidance as pages: readable without script on an old phone, printable, and telling nothing of who reads."""

from __future__ import annotations

import html
import re

from flows.definition import Definitions
from tests.web.conftest import Place

OLD_PHONE = 30 * 1024  # bytes of a page and its style sheet


def test_every_card_has_a_page_that_an_old_phone_can_load(place: Place, definitions: Definitions) -> None:
    browser = place.browser()
    style = len(browser.get("/static/guide.css").content)
    for card in definitions.library.cards:
        page = browser.get(f"/g/{card}")
        assert page.status_code == 200, card
        assert len(page.content) + style < OLD_PHONE, card
        assert "<script" not in page.text, card
        assert "set-cookie" not in page.headers, card
        assert not re.search(r"\{\w+\}", page.text), card


def test_a_page_says_what_to_do_whom_to_call_and_where_it_comes_from(place: Place, definitions: Definitions) -> None:
    card = definitions.library.cards["parent-nuoc"]
    text = html.unescape(place.browser().get("/g/parent-nuoc").text)
    assert card.title in text
    assert card.source in text
    assert 'href="tel:114"' in text
    assert "bản thảo" in text
    assert "https://langnghe.example/g/parent-nuoc" in text
    assert "<svg" in text


def test_the_shelf_leads_to_every_card(place: Place, definitions: Definitions) -> None:
    shelf = place.browser().get("/g").text
    assert set(re.findall(r'href="/g/([\w-]+)"', shelf)) == set(definitions.library.cards)
    assert "111" in shelf


def test_a_card_that_nobody_wrote_is_not_found(place: Place) -> None:
    assert place.browser().get("/g/nobody-wrote-it").status_code == 404
