"""What surrounds every page: headers, limits, errors, health, live streams, and the script put in place."""

from __future__ import annotations

import re
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.alertrows import ACTIONS
from bot.fakes.server import serve
from bot.web import pages, vendor
from bot.web.labels import load_labels
from bot.web.security import CONTENT_SECURITY_POLICY
from bot.web.server import create_asgi
from bot.web.words import load_words
from tests.web.conftest import Place

PATHS = [
    "/",
    "/chat",
    "/console/login",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/chat.css",
    "/nowhere",
    "/console/c/x",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_strict_headers(place: Place, path: str) -> None:
    headers = place.browser().get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "max-age" in headers["strict-transport-security"]
    if not path.startswith("/static"):
        assert headers["cache-control"] == "no-store"


def test_no_template_carries_a_script_or_a_style_of_its_own() -> None:
    for path in (Path(vendor.__file__).parent / "templates").glob("*.html"):
        html = path.read_text("utf-8")
        assert "style=" not in html, path.name
        assert "<style" not in html, path.name
        assert "onclick" not in html, path.name
        assert html.count("<script") == html.count("<script src="), path.name


@pytest.mark.parametrize("path", ["/nowhere", "/chat/nowhere"])
def test_an_error_page_says_111(place: Place, path: str) -> None:
    answer = place.browser().get(path)
    assert answer.status_code == 404
    assert "111" in answer.text


def test_a_fault_of_ours_says_111_and_nothing_of_itself(place: Place) -> None:
    def broken() -> None:
        raise RuntimeError("bí mật")

    place.app.database.read = broken  # type: ignore[method-assign, assignment]
    browser = place.browser()
    browser.client.cookies.set("__Host-ct", "a" * 43)
    answer = browser.get("/chat")
    assert answer.status_code == 500
    assert "111" in answer.text
    assert "bí mật" not in answer.text


def test_a_body_over_the_limit_is_refused_on_every_page(place: Place) -> None:
    answer = place.browser().post("/chat/messages", data={"text": "a" * 70_000, "nonce": "n"})
    assert answer.status_code == 413
    assert "111" in answer.text


def test_ready_only_when_a_worker_lives(place: Place) -> None:
    browser = place.browser()
    assert browser.get("/healthz").status_code == 200
    waiting = browser.get("/readyz")
    assert (waiting.status_code, waiting.json()["worker"]) == (503, False)
    place.works()
    ready = browser.get("/readyz")
    assert (ready.status_code, set(ready.json().values())) == (200, {True})


def test_the_metrics_name_what_watchers_need(place: Place) -> None:
    place.case()
    text = place.browser().get("/metrics").text
    for name in ("oldest_unsent_page_seconds", "alerts_without_deadline", "time_to_page_seconds", "queue_depth"):
        assert f"langnghe_{name}" in text
    assert "dao" not in text


def test_what_an_officer_reads_has_words_and_is_no_id() -> None:
    labels = load_labels(Path("data"), load_words(Path("data")), {})
    reasons = (
        "reader:ngram",
        "report:submitted",
        "message:unread",
        "handoff:asked",
        "receipt:CT-0001",
        "followed:CT-0002",
    )
    for reason in (*reasons, "check:no", "check:unclear", "check:silent"):
        assert " " in labels.concept(reason), reason
    for field in ("what", "safe_now", "beside", "where", "when", "reach", "relation"):
        assert labels.of("field", field) != field
    for deed in ACTIONS.values():
        assert labels.of("action", f"alert_{deed}") != f"alert_{deed}"


def test_every_public_sentence_of_trouble_carries_111() -> None:
    words = load_words(Path("data"))
    for key in words.texts:
        if key in {
            "utter_web_outage",
            "utter_web_offline",
            "utter_web_not_sent",
            "utter_web_not_found",
            "utter_web_intro",
        }:
            assert "111" in words(key), key


def test_a_reply_arrives_on_an_open_page_and_the_stream_ends_with_the_server(place: Place) -> None:
    place.app.settings = replace(place.app.settings, public_url="http://127.0.0.1")
    with serve(create_asgi(place.app)) as base, httpx.Client(base_url=base, timeout=30) as browser:
        browser.get("/chat")
        heard: list[str] = []

        def listen() -> None:
            with browser.stream("GET", "/chat/events?after=0") as stream:
                for line in stream.iter_lines():
                    heard.append(line)
                    if "111" in line:
                        return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        assert browser.post("/chat/messages", data={"text": "ba dang cam dao ruot me", "nonce": "n"}).status_code == 303
        listener.join(30)
        assert any("111" in line for line in heard)
        assert any(line.startswith("id: ") for line in heard)


def test_a_page_older_than_the_way_out_is_emptied_when_it_listens(place: Place) -> None:
    place.app.settings = replace(place.app.settings, public_url="http://127.0.0.1")
    with serve(create_asgi(place.app)) as base, httpx.Client(base_url=base, timeout=30) as browser:
        browser.get("/chat")
        assert browser.post("/chat/messages", data={"text": "ba dang cam dao ruot me", "nonce": "n"}).status_code == 303
        page = browser.get("/chat").text
        newest = re.search(r'data-after="(\d+)"', page)
        assert newest is not None
        assert int(newest[1]) > 0
        assert not _emptied(browser, f"after={int(newest[1]) - 1}&hidden=")
        browser.post("/chat/leave")
        assert _emptied(browser, f"after={newest[1]}&hidden="), "by the last line that it shows"
        assert _emptied(browser, "after=0&hidden="), "by its mark, where no answer stood on it yet"


def _emptied(browser: httpx.Client, query: str) -> bool:
    """Whether the stream begins with "hide"; a beat or a line ends the look."""
    with browser.stream("GET", f"/chat/events?{query}") as stream:
        for line in stream.iter_lines():
            if line == "event: hide":
                return True
            if line.startswith((":", "event: line")):
                return False
    return False


def test_only_the_reviewed_script_is_put_in_place(tmp_path: Path) -> None:
    wheel = tmp_path / vendor.WHEEL_NAME
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(vendor.MEMBER, "alert(1)")
    target = tmp_path / "htmx.min.js"
    with pytest.raises(vendor.WrongHash):
        vendor.extract(wheel, target)
    assert not target.exists()
    target.write_text("alert(1)")
    assert not vendor.in_place(target)


def test_no_page_and_no_script_holds_a_word_that_officers_or_people_read() -> None:
    web = Path(pages.__file__).parent
    for file in (*web.glob("templates/*.html"), *web.glob("static/*.js"), *web.glob("static/*.css")):
        words = file.read_text("utf-8").replace("Lắng Nghe", "")
        assert not [letter for letter in words if letter.isalpha() and not letter.isascii()], file.name
