"""Take docs/pictures/*.png again from the demo's own pages, looked at by a real Chromium: scripts/pictures."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot import config
from bot.understanding import load_model
from bot.words import load_definitions
from tests.browser.installation import ARGUMENTS, Installation, chromium, installation

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
HEAVIEST = 150_000  # bytes
PATIENCE = 60_000  # milliseconds
DANGER = "ba dang cam dao ruot me"


def main() -> None:
    """The night of the README, a report and a guidance card, with pictures taken on the way."""
    settings = config.load(env={})
    model, definitions = load_model(settings), load_definitions(settings)
    expect.set_options(timeout=PATIENCE)
    with (
        TemporaryDirectory() as home,
        installation(model, definitions, Path(home)) as there,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        night(browser, there)
        report(browser, there)
        guidance(browser, there)
        browser.close()


def night(browser: Browser, there: Installation) -> None:
    console, phones = opened(browser, there, there.login), opened(browser, there, "/demo/phone")
    chat = opened(browser, there, "/chat", 390, 760)
    says(chat, DANGER)
    expect(chat.get_by_role("button", name="Chưa", exact=True)).to_be_visible()
    taken(chat, "chat")
    phones.get_by_role("button", name="Tua 5 phút").click()
    second = phones.get_by_role("region", name="Cán bộ Châu")
    expect(second.get_by_role("status")).to_be_visible()
    expect(second.locator(".sms")).to_contain_text("Tra loi 1")
    taken(phones, "phone")
    expect(chat.locator(".log")).to_contain_text("chưa có ai bắt máy")
    console.locator(".row a").click()
    expect(console.locator(".talk mark")).to_be_visible()
    taken(console, "console")


def report(browser: Browser, there: Installation) -> None:
    """A neighbour, without a name, until the receipt code."""
    chat = opened(browser, there, "/chat", 390, 760)
    says(chat, "xin chào")
    presses(chat, "Báo giùm đứa nhỏ khác", "Có")
    expect(chat.locator(".log")).to_contain_text("thấy hay nghe chuyện gì")
    says(chat, "bé gái lớp ba kế nhà, ở phường bình thủy, hay nghỉ học đi phụ bán")
    expect(chat.locator(".log")).to_contain_text("Phường Bình Thủy")
    presses(chat, "Gửi luôn")
    expect(chat.locator(".log")).to_contain_text("Mã để quay lại")
    taken(chat, "report")


def guidance(browser: Browser, there: Installation) -> None:
    """A mother asks in her own words."""
    chat = opened(browser, there, "/chat", 390, 760)
    says(chat, "con tui hay nói láo, dạy làm sao")
    expect(chat.get_by_role("button", name="Gửi cho người khác", exact=True)).to_be_visible()
    taken(chat, "card")


def says(chat: Page, text: str) -> None:
    chat.get_by_label("Viết tin nhắn").fill(text)
    chat.get_by_role("button", name="Gửi", exact=True).click()


def presses(chat: Page, *titles: str) -> None:
    for title in titles:
        chat.get_by_label("Chọn một câu trả lời").get_by_role("button", name=title, exact=True).click()


def opened(browser: Browser, there: Installation, path: str, width: int = 1200, height: int = 800) -> Page:
    context = browser.new_context(
        base_url=there.base, viewport={"width": width, "height": height}, locale="vi-VN", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(path)
    return page


def taken(page: Page, name: str) -> None:
    path = PICTURES / f"{name}.png"
    page.evaluate("document.activeElement.blur()")
    size = len(page.screenshot(path=path))
    print(f"{path.relative_to(ROOT)}: {size // 1000} KB")  # noqa: T201
    if size > HEAVIEST:
        raise SystemExit(f"{name}.png: heavier than {HEAVIEST // 1000} KB")


if __name__ == "__main__":
    main()
