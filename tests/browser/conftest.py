"""A demo to walk through with a real Chromium: people, officers and telephones, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect, sync_playwright

from tests.browser.installation import ARGUMENTS, Installation, NoChromium, chromium, installation

PATIENCE = 30_000  # milliseconds: what a machine with other work to do may take

# a policy that was broken is told of in the console too, but not by every directive
BROKEN_POLICY = """document.addEventListener("securitypolicyviolation",
    (e) => console.error("CSP " + e.effectiveDirective + " " + e.blockedURI));"""


@dataclass
class Visitors:
    """Opens browsers at one installation, and keeps whatever any page complained of."""

    browser: Browser
    there: Installation
    complaints: list[str] = field(default_factory=list)
    _open: list[BrowserContext] = field(default_factory=list)
    _team: BrowserContext | None = None

    def comes(self, path: str) -> Page:
        """Somebody opens `path` on a telephone whose browser nobody has used before."""
        return self._opens(self._browser(390, 760), path)

    def officer(self) -> Page:
        """Whoever is rung first, signed in by the link that was printed at start."""
        return self._opens(self._computer(), self.there.login)

    def telephones(self) -> Page:
        """All telephones of the team, and the clock that can be moved."""
        return self._opens(self._computer(), "/demo/phone")

    def leave(self) -> None:
        for context in self._open:
            context.close()

    def _computer(self) -> BrowserContext:
        """The team's, with everything in one browser."""
        self._team = self._team or self._browser(1200, 800)
        return self._team

    def _browser(self, width: int, height: int) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.there.base, viewport={"width": width, "height": height}, locale="vi-VN"
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(BROKEN_POLICY)
        context.on("console", self._hears)
        context.on("weberror", self._stumbles)
        self._open.append(context)
        return context

    def _opens(self, context: BrowserContext, path: str) -> Page:
        page = context.new_page()
        page.goto(path)
        return page

    def _hears(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _stumbles(self, error: WebError) -> None:
        self.complaints.append(f"exception: {error.error}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """This machine's Chromium. Not for the whole run: while Playwright is up, no other event loop may run here."""
    try:
        path = chromium()
    except NoChromium as missing:
        pytest.fail(str(missing), pytrace=False)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def there(model: Any, definitions: Any, tmp_path: Path) -> Iterator[Installation]:
    """A running demo in which nothing has happened yet."""
    with installation(model, definitions, tmp_path / "home") as running:
        yield running


@pytest.fixture
def visitors(browser: Browser, there: Installation) -> Iterator[Visitors]:
    """People with browsers; whatever they do, no page may complain."""
    all_of_them = Visitors(browser, there)
    yield all_of_them
    all_of_them.leave()
    assert all_of_them.complaints == []
