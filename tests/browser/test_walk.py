"""What the README invites to try, walked in a real browser, on a clock that is moved and never waited for."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visitors
from tests.browser.installation import Installation

DANGER = "ba dang cam dao ruot me"
NOT_A_WORD_OF_IT = re.compile("dao|ruot|ba dang|bạo lực", re.IGNORECASE)
CODE = re.compile(r"\bca ([A-Z0-9]{6})\b")
RECEIPT = re.compile(r"\d{4} \d{4} \d{4} \d{4}")
HELP = "Công an phường đã tới, mẹ và con đang ở nhà bà ngoại."


def writes(chat: Page, text: str) -> None:
    chat.get_by_label("Viết tin nhắn").fill(text)
    chat.get_by_role("button", name="Gửi", exact=True).click()


def chooses(chat: Page, title: str) -> None:
    chat.get_by_label("Chọn một câu trả lời").get_by_role("button", name=title, exact=True).click()


def answers(chat: Page) -> Locator:
    """What the bot has said since the page was opened, without the greeting that always stands there."""
    return chat.locator(".line.bot:not(.intro)")


def hears(chat: Page, words: str) -> None:
    expect(answers(chat).filter(has_text=words)).not_to_have_count(0)


def ringing(phones: Page, owner: str) -> Locator:
    return phones.get_by_role("region", name=owner).filter(has=phones.get_by_role("status"))


def case_code(phones: Page) -> str:
    page = phones.locator(".sms li", has_text=CODE).first
    expect(page).to_be_visible()
    found = CODE.search(page.inner_text())
    assert found is not None
    return found[1]


def test_danger_hears_111_and_everybody_in_turn_is_rung_without_a_word_of_it_until_a_key_is_pressed(
    visitors: Visitors,
) -> None:
    phones, chat = visitors.telephones(), visitors.comes("/chat")
    expect(chat.get_by_role("link", name="Gọi 111")).to_have_attribute("href", "tel:111")
    writes(chat, DANGER)
    expect(answers(chat).first).to_contain_text("111")
    code = case_code(phones)
    expect(phones.get_by_role("link", name=code)).to_have_attribute("href", f"{visitors.there.base}/console/c/{code}")
    for owner in ("Cán bộ Bình", "Cán bộ Châu", "Phụ trách Dung"):
        expect(ringing(phones, owner)).to_be_visible()
        phones.get_by_role("button", name="Tua 5 phút").click()
    expect(ringing(phones, "Tổng đài 111")).to_be_visible()
    hears(chat, "chưa có ai bắt máy")
    desk = phones.get_by_role("region", name="Tổng đài 111")
    desk.get_by_role("button", name="Nghe máy").click()
    expect(desk.get_by_role("status")).to_contain_text("Xin bấm phím 1")
    expect(phones.locator("#phones")).not_to_contain_text(NOT_A_WORD_OF_IT)
    desk.get_by_role("button", name="Bấm phím 1").click()
    expect(desk).to_contain_text("Ca đã được ghi là anh chị nhận")
    hears(chat, "Đã có người nhận")


def test_an_officer_reads_the_exact_words_and_the_reasons_answers_through_the_bot_and_closes_with_the_help(
    visitors: Visitors,
) -> None:
    console, chat, phones = visitors.officer(), visitors.comes("/chat"), visitors.telephones()
    expect(console.get_by_text("Chưa có ca nào")).to_be_visible()
    writes(chat, DANGER)
    expect(console.locator(".row")).to_contain_text("Tức thì")  # by the live connection: nobody reloads
    expect(console.locator(".row")).to_contain_text("bậc 1/4: Cán bộ Bình")
    code = case_code(phones)
    mine = phones.get_by_role("region", name="Cán bộ Bình")
    mine.get_by_role("button", name="Nghe máy").click()
    mine.get_by_role("button", name="Bấm phím 1").click()
    hears(chat, "Đã có người nhận")
    expect(console.locator(".row")).to_contain_text("Đã có người nhận")

    console.get_by_role("link", name=code).click()
    expect(console.locator(".talk .person p")).to_have_text(DANGER)
    expect(console.locator(".talk .person mark")).to_have_text(re.compile("cam dao"))
    expect(console.locator(".reasons")).to_contain_text("U0 cầm dao")
    console.get_by_label("Lời của anh/chị").fill("Cô là Bình, cán bộ trực. Con đang ở chỗ an toàn chưa?")
    console.get_by_role("button", name="Gửi").click()
    expect(chat.locator(".line.officer")).to_contain_text("Cô là Bình, cán bộ trực")
    expect(chat.locator(".line.officer .who")).to_have_text("Cán bộ")
    writes(chat, "con qua nha ngoai roi")
    expect(console.locator(".talk .person p").last).to_have_text("con qua nha ngoai roi")

    console.get_by_label("Trẻ đã được giúp thế nào").fill(HELP)
    console.get_by_role("button", name="Đóng ca").click()
    expect(console.locator(".casehead")).to_contain_text(f"Đã giúp: {HELP}")
    hears(chat, "Cô chú đã làm xong")
    console.get_by_role("link", name="Tất cả ca").click()
    expect(console.get_by_text("Đã đóng gần đây (1)")).to_be_visible()


def test_a_neighbour_reports_without_a_name_and_another_browser_comes_back_with_the_code(visitors: Visitors) -> None:
    neighbour, console = visitors.comes("/chat"), visitors.officer()
    chooses(neighbour, "Báo giùm đứa nhỏ khác")
    chooses(neighbour, "Có")
    hears(neighbour, "thấy hay nghe chuyện gì")
    writes(neighbour, "nhà kế bên cho đứa nhỏ nghỉ học ở nhà phụ bán quán")
    hears(neighbour, "Chuyện ở đâu")
    writes(neighbour, "ấp 3 gần chợ")
    hears(neighbour, "Chuyện đó hồi nào")
    chooses(neighbour, "Gửi luôn")
    receipt = answers(neighbour).filter(has_text=RECEIPT)
    expect(receipt).to_be_visible()
    found = RECEIPT.search(receipt.inner_text())
    assert found is not None

    console.locator(".row a").click()
    told = console.locator("section", has=console.get_by_role("heading", name="Lời báo"))
    expect(told).to_contain_text("có mã hẹn")
    expect(told).to_contain_text("phụ bán quán")
    expect(told.locator("dt")).to_contain_text(["Chuyện gì", "Đang an toàn", "Ở đâu"])
    expect(console.locator(".talk")).to_contain_text("Mã để quay lại xem: •••• ••••")
    expect(console.locator("main")).not_to_contain_text(found[0])

    elsewhere = visitors.comes("/chat")
    chooses(elsewhere, "Xem tin đã gửi")
    hears(elsewhere, "Có mã thì")
    writes(elsewhere, found[0])
    hears(elsewhere, "Tin đã tới nơi")
    expect(answers(elsewhere).filter(has_text="bán quán")).to_have_count(0)


def test_a_lost_connection_is_shown_on_every_page_and_mends_itself(visitors: Visitors, there: Installation) -> None:
    chat, console, phones = visitors.comes("/chat"), visitors.officer(), visitors.telephones()
    writes(chat, "alo")
    expect(answers(chat)).not_to_have_count(0)
    there.stops()
    expect(console.get_by_role("alert")).to_contain_text("Mất kết nối")
    expect(phones.get_by_role("alert")).to_contain_text("Mất kết nối")
    writes(chat, "co ai khong")
    expect(chat.get_by_role("alert")).to_contain_text("111")
    there.starts()
    for page in (chat, console, phones):
        expect(page.get_by_role("alert")).to_be_hidden()
    expect(chat.locator(".line.person.waiting")).to_have_count(0)  # what was written meanwhile has arrived
    complaints = [each for each in visitors.complaints if "net::ERR_" not in each]  # the browser's own, of the outage
    visitors.complaints[:] = complaints


def test_what_somebody_types_into_a_telephone_stays_when_something_arrives(visitors: Visitors) -> None:
    phones, others, chat = visitors.telephones(), visitors.telephones(), visitors.comes("/chat")
    field = phones.get_by_role("textbox").first
    field.fill("dang go")
    writes(chat, DANGER)
    expect(others.locator(".sms li", has_text=CODE)).not_to_have_count(0)
    expect(field).to_have_value("dang go")
    expect(phones.locator(".sms li", has_text=CODE)).to_have_count(0)
    field.fill("1")
    phones.get_by_role("heading", level=1).click()  # elsewhere: now the page may look again
    expect(phones.locator(".sms li", has_text=CODE)).not_to_have_count(0)


def test_the_way_out_leaves_a_page_that_says_nothing_and_the_talk_is_not_shown_again(visitors: Visitors) -> None:
    chat = visitors.comes("/chat")
    writes(chat, DANGER)
    expect(answers(chat)).not_to_have_count(0)
    chat.get_by_role("button", name="Thoát nhanh").click()
    expect(chat).to_have_title("Bảng cửu chương")
    chat.goto("/chat")
    expect(chat.get_by_text(DANGER)).to_have_count(0)
