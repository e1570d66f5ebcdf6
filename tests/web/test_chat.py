"""The chat page of the public."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.store.models import Contact, InboundMessage, OutboundMessage
from bot.web import pages
from bot.web.pages import callable_numbers, isolated, shown
from tests.web.conftest import Browser, Place

JSON = {"accept": "application/json"}


def write(browser: Browser, text: str, nonce: str = "n1", **more: str) -> int:
    return browser.post("/chat/messages", data={"text": text, "nonce": nonce, **more}, headers=JSON).status_code


def says(place: Place, text: str, choices: list[dict[str, str]] | None = None) -> None:
    """Something is said to the only person there is."""
    with place.app.database.write() as tx:
        row_id = tx.new_id()
        body = json.dumps({"text": text, "buttons": choices or []})
        tx.session.add(
            OutboundMessage(
                id=row_id,
                contact_id=place.contact().id,
                response="x",
                body=tx.seal("outbound_message", "body", row_id, body),
                state="sent",
                created_at=tx.now,
                sent_at=tx.now,
            )
        )


def test_the_page_shows_111_and_a_way_out_and_no_telling_title(place: Place) -> None:
    html = place.browser().get("/chat").text
    assert 'href="tel:111"' in html
    assert "Thoát nhanh" in html
    assert "<title>Nhắn tin</title>" in html
    assert '<html lang="vi">' in html


def test_the_whole_page_is_light_enough_for_an_old_phone(place: Place) -> None:
    static = Path(pages.HERE) / "static"
    parts = len(place.browser().get("/chat").content)
    parts += sum((static / name).stat().st_size for name in ("chat.css", "chat.js", "icon.svg"))
    assert parts < 50_000


def test_a_message_is_stored_and_the_same_form_sent_twice_is_one_message(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    assert [write(browser, "con sợ"), write(browser, "con sợ"), write(browser, "con sợ", "n2")] == [202, 202, 202]
    assert len(place.rows(InboundMessage)) == 2


def test_another_browser_cannot_use_up_a_nonce(place: Place) -> None:
    for browser in (place.browser(), place.browser()):
        browser.get("/chat")
        write(browser, "con sợ", "same")
    assert len(place.rows(InboundMessage)) == 2
    assert len(place.rows(Contact)) == 2


def test_the_cookie_is_secret_bound_and_gone_with_the_browser(place: Place) -> None:
    cookie = place.browser().get("/chat").headers["set-cookie"]
    assert cookie.startswith("__Host-ct=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Max-Age" not in cookie
    assert len(cookie.split("=")[1].split(";")[0]) == 43


def test_a_page_without_scripts_shows_the_answer_after_the_form_was_sent(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    answer = browser.post("/chat/messages", data={"text": "chào", "nonce": "n"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/chat#cuoi")
    says(place, "Chào em nha", [{"title": "Dạ", "payload": "#ct:yes"}])
    html = browser.get("/chat").text
    assert "Chào em nha" in html
    assert 'value="Dạ|#ct:yes"' in html


def test_a_pressed_choice_is_a_press_with_its_title(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    browser.post("/chat/messages", data={"press": "Dạ|#ct:yes", "nonce": "n"}, headers=JSON)
    (row,) = place.rows(InboundMessage)
    assert row.kind == "press"
    with place.app.database.read() as tx:
        body = json.loads(tx.open("inbound_message", "body", row.id, row.body))
    assert (body["text"], body["detail"]) == ("#ct:yes", {"title": "Dạ"})


def test_what_has_not_left_us_is_not_shown(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    write(browser, "chào")
    says(place, "Chào em nha")
    with place.app.database.write() as tx:
        tx.session.get_one(OutboundMessage, place.rows(OutboundMessage)[0].seq).state = "queued"
    assert "Chào em nha" not in browser.get("/chat").text


def test_markup_and_hidden_controls_of_a_stranger_are_only_shown(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    write(browser, "<script>alert(1)</script> \u202egnud \x00\x07")
    html = browser.get("/chat").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [U+202E]gnud [U+0007]" in html


def test_a_quick_exit_hides_everything_and_leads_to_a_harmless_page(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    write(browser, "ba đánh con")
    says(place, "Em gọi 111 nha")
    answer = browser.post("/chat/leave")
    assert (answer.status_code, answer.headers["location"]) == (303, "/bang-cuu-chuong")
    blank = browser.get("/bang-cuu-chuong").text
    assert "111" not in blank
    assert "Lắng Nghe" not in blank
    html = browser.get("/chat").text
    assert "ba đánh con" not in html
    assert "Em gọi 111 nha" not in html
    assert place.contact().hushed
    assert len(place.rows(InboundMessage)) == 2  # the case keeps its words


@pytest.mark.parametrize("path", ["/chat/messages", "/chat/leave"])
@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_form_of_another_site_is_refused(place: Place, path: str, headers: dict[str, str]) -> None:
    assert place.browser().post(path, data={"text": "x", "nonce": "n"}, headers=headers).status_code == 403
    assert place.rows(InboundMessage) == []


def test_a_long_message_is_cut_and_an_empty_one_is_nothing(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    assert write(browser, "a" * 5_000) == 202
    assert write(browser, "  \n ", "n2") == 200
    (row,) = place.rows(InboundMessage)
    with place.app.database.read() as tx:
        assert len(json.loads(tx.open("inbound_message", "body", row.id, row.body))["text"]) == 4_096


def test_when_the_store_cannot_take_it_the_answer_says_111(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    place.app.inbox.close()
    scripted = browser.post("/chat/messages", data={"text": "x", "nonce": "n"}, headers=JSON)
    assert scripted.status_code == 503
    assert "111" in scripted.json()["error"]
    plain = browser.post("/chat/messages", data={"text": "x", "nonce": "n"})
    assert plain.status_code == 503
    assert "111" in plain.text


def test_the_numbers_that_the_bot_names_can_be_tapped_and_nothing_else(place: Place) -> None:
    browser = place.browser()
    browser.get("/chat")
    browser.post("/chat/messages", data={"text": "ba dang cam dao ruot me 113", "nonce": "n"}, headers=JSON)
    place.works()
    page = browser.get("/chat").text
    assert '<a href="tel:113">113</a>' in page
    assert "me 113</bdi>" in page  # what a person typed stays text
    assert str(callable_numbers("<1112 113", ["111", "113"])) == (
        '<bdi class="words">&lt;1112 <a href="tel:113">113</a></bdi>'
    )


def test_text_is_neutralised_but_emoji_and_vietnamese_stay_whole() -> None:
    assert shown("👩‍👧 đường ừ\n\tạ") == "👩‍👧 đường ừ\n\tạ"
    assert str(isolated('"<b>')) == '<bdi class="words">&#34;&lt;b&gt;</bdi>'
