"""The door of the console."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import credentials
from bot.store.models import Audit, Login, LoginTry, Officer
from tests.web.conftest import Place


@pytest.fixture
def staffed(place: Place) -> Place:
    place.enrol("an")
    return place


def attempt(place: Place, **changed: str) -> int:
    person = place.team["an"]
    form = {"login": "an", "password": person.password, "code": place.code("an")} | changed
    return place.browser().post("/console/login", data=form).status_code


def test_name_password_and_code_let_in_and_the_cookie_is_bound_to_the_host(staffed: Place) -> None:
    person = staffed.team["an"]
    form = {"login": " AN ", "password": person.password, "code": staffed.code("an")}
    answer = staffed.browser().post("/console/login", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-sid=")
    for part in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert part in cookie
    secret = cookie.split("=")[1].split(";")[0]
    assert all(secret not in row.key for row in staffed.rows(Login))


@pytest.mark.parametrize("changed", [{"login": "ai"}, {"password": "sai"}, {"code": "000000"}, {"code": ""}])
def test_anything_wrong_is_refused_with_one_and_the_same_message(staffed: Place, changed: dict[str, str]) -> None:
    assert attempt(staffed, **changed) == 401
    (tried,) = staffed.rows(LoginTry)
    assert tried.login not in {"an", "ai"}


def test_a_code_is_used_once(staffed: Place) -> None:
    assert attempt(staffed) == 303
    assert attempt(staffed) == 401
    staffed.clock.advance(timedelta(seconds=60))
    assert attempt(staffed) == 303


def test_five_failures_close_the_door_for_five_minutes(staffed: Place) -> None:
    for _ in range(credentials.TRIES_PER_NAME):
        assert attempt(staffed, code="000000") == 401
    assert attempt(staffed) == 429
    staffed.clock.advance(timedelta(minutes=6))
    assert attempt(staffed) == 303


def test_an_idle_session_ends_after_thirty_minutes_and_any_after_twelve_hours(staffed: Place) -> None:
    browser = staffed.signed_in("an")
    for _ in range(26):
        staffed.clock.advance(timedelta(minutes=27))
        assert browser.get("/console").status_code == 200
    staffed.clock.advance(timedelta(minutes=27))
    assert browser.get("/console").status_code == 303  # 12 hours
    browser = staffed.signed_in("an")
    staffed.clock.advance(timedelta(minutes=31))
    assert browser.get("/console").headers["location"] == "/console/login"


def test_what_a_page_does_by_itself_keeps_nobody_signed_in(staffed: Place) -> None:
    browser = staffed.signed_in("an")
    for _ in range(3):
        staffed.clock.advance(timedelta(minutes=11))
        answer = browser.get("/console/queue", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/console/login")


def test_signing_out_ends_the_session_and_clears_the_browser(staffed: Place) -> None:
    browser = staffed.signed_in("an")
    cookie = browser.client.cookies["__Host-sid"]
    assert browser.post("/console/logout", data={"csrf": "wrong"}).status_code == 403
    answer = browser.post("/console/logout", data={"csrf": staffed.csrf(browser)})
    assert '"cache"' in answer.headers["clear-site-data"]
    thief = staffed.browser()
    thief.client.cookies.set("__Host-sid", cookie, domain="langnghe.example")
    assert thief.get("/console").status_code == 303


def test_a_printed_link_signs_in_once(staffed: Place) -> None:
    with staffed.app.database.write() as tx:
        token = credentials.new_once(tx, staffed.team["an"].id, staffed.clock.now())
    first, second = staffed.browser(), staffed.browser()
    assert first.get(f"/console/once/{token}").headers["location"] == "/console"
    assert first.get("/console").status_code == 200
    assert second.get(f"/console/once/{token}").status_code == 403
    assert second.get("/console").status_code == 303


def test_someone_who_left_the_team_is_out_at_once(staffed: Place) -> None:
    browser = staffed.signed_in("an")
    with staffed.app.database.write() as tx:
        tx.session.get_one(Officer, staffed.team["an"].id).active = False
    assert browser.get("/console").status_code == 303


@pytest.mark.parametrize("way", ["https://evil.example", "//evil.example", "/console/c/../../x", "/chat"])
def test_the_way_back_leads_nowhere_else(staffed: Place, way: str) -> None:
    person = staffed.team["an"]
    form = {"login": "an", "password": person.password, "code": staffed.code("an"), "next": way}
    assert staffed.browser().post("/console/login", data=form).headers["location"] == "/console"


def test_a_link_from_a_message_leads_through_one_step_of_our_own(staffed: Place) -> None:
    answer = staffed.browser().get("/console/c/CT-0001", headers={"sec-fetch-site": "cross-site"})
    assert 'content="0;url=/console/c/CT-0001"' in answer.text
    answer = staffed.browser().get("/console/c/CT-0001")
    assert answer.headers["location"] == "/console/login?next=/console/c/CT-0001"


def test_signing_in_and_out_is_on_record(staffed: Place) -> None:
    attempt(staffed)
    browser = staffed.signed_in("an")
    browser.post("/console/logout", data={"csrf": staffed.csrf(browser)})
    assert [row.action for row in staffed.rows(Audit)][-2:] == ["login", "logout"]
