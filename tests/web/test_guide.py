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
    library = definitions.library
    assert set(re.findall(r'href="/g/([\w-]+)"', shelf)) == {*library.cards, *library.others}
    assert "111" in shelf


def test_a_card_that_nobody_wrote_is_not_found(place: Place) -> None:
    assert place.browser().get("/g/nobody-wrote-it").status_code == 404


def test_every_translated_card_has_a_page_in_its_language(place: Place, definitions: Definitions) -> None:
    browser = place.browser()
    for language, library in definitions.library.others.items():
        for card in library.cards.values():
            page = browser.get(f"/g/{language}/{card.id}")
            text = html.unescape(page.text)
            assert page.status_code == 200, card.id
            assert f'<html lang="{language}">' in text, card.id
            assert card.title in text, card.id
            assert f"https://langnghe.example/g/{language}/{card.id}" in text, card.id
            assert not re.search(r"\{\w+\}", text), card.id


def test_a_page_in_english_has_no_vietnamese_around_it(place: Place) -> None:
    text = html.unescape(place.browser().get("/g/en/parent-nuoc").text)
    for words in ("Do now", "Whom to call", "Fire and rescue", "draft: to be approved"):
        assert words in text
    for words in ("Làm liền", "Gọi ai", "Cứu hỏa", "bản thảo"):
        assert words not in text


def test_the_shelves_of_all_languages_lead_to_one_another(place: Place, definitions: Definitions) -> None:
    browser = place.browser()
    assert 'href="/g/en"' in browser.get("/g").text
    english = browser.get("/g/en").text
    assert 'href="/g"' in english
    assert set(re.findall(r'href="/g/en/([\w-]+)"', english)) == set(definitions.library.cards)


def test_a_language_or_card_that_nobody_wrote_is_not_found(place: Place) -> None:
    assert place.browser().get("/g/fr/parent-nuoc").status_code == 404
    assert place.browser().get("/g/en/nobody-wrote-it").status_code == 404
