"""What no text to a person may do, and everything that is wrong with guidance cards and courses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from flows.definition import Definitions
from flows.guidance import BUBBLES, MAIN, Card, Course, Library
from flows.responses import VARIABLE, Directory, fill
from flows.speech import VARIABLES
from flows.yamltree import DefinitionProblem
from nlu.normalise import well_typed

SHORT = 300  # characters of the one SMS of a card, in two segments without marks
BUBBLE = 400  # characters of one message of a card
SENTENCE = 30  # words; a longer one is not read to its end on an old phone
PAGE = (60, 300)  # words of a card's page: less says nothing, more does not fit A5
ASKS, ASKS_ELSEWHERE = 10, 8  # ways to ask, at least; of a translated card
AROUND = ("language", "title", "lead", "now", "call", "source", "review", "more", "chat")  # of a card's page
FEWEST_DEEDS, MOST_DEEDS = 2, 4  # things to do now
LESSONS, LESSON = 5, 900  # of a course; characters of one

_SENTENCE_END = re.compile(r"[.!?:;…\n]+")


def library_faults(definitions: Definitions) -> Iterator[DefinitionProblem]:
    """Every fault of the guidance library, with file and line."""
    library = definitions.library
    if not library.cards:
        yield DefinitionProblem("data/guidance", 0, "không có thẻ hướng dẫn nào")
    for message in _shelf_faults(library):
        yield DefinitionProblem("data/guidance/menu.yml", 0, message)
    for name in AROUND if library.cards else ():
        if not library.page.get(name):
            yield DefinitionProblem("data/guidance/menu.yml", 0, f"thiếu page.{name}")
    for one in (library, *library.others.values()):
        yield from _text_faults(definitions, one)
    for language in definitions.languages.values():
        if language.complete and language.code != MAIN:
            yield from _untranslated(library, library.spoken(language.code), language.code)


def _text_faults(definitions: Definitions, library: Library) -> Iterator[DefinitionProblem]:
    main = definitions.library
    for card in library.cards.values():
        if library is main or card != main.cards[card.id]:
            for message in _card_faults(definitions, library, card):
                yield DefinitionProblem(card.file, card.line, f"thẻ `{card.id}`: {message}")
    for course in library.courses.values():
        if library is main or course != main.courses[course.id]:
            for message in _course_faults(definitions, course):
                yield DefinitionProblem(course.file, course.line, f"khóa `{course.id}`: {message}")


def _untranslated(library: Library, other: Library, language: str) -> Iterator[DefinitionProblem]:
    """What a language that says it is complete has not said."""
    titles = (
        *(("page", name, library.page[name], other.page[name]) for name in library.page),
        *(("topics", name, library.topics[name], other.topics[name]) for name in library.topics),
        *(("audiences", name, library.audiences[name], other.audiences[name]) for name in library.audiences),
        *(("shelves", name, library.shelves[name].title, other.shelves[name].title) for name in library.shelves),
    )
    folder = f"data/guidance/{language}"
    for kind, name, here, there in titles:
        if here == there:
            yield DefinitionProblem(folder, 0, f"thiếu {kind}.{name}, mà ngôn ngữ này nói là đủ (complete)")
    for kind, cards in (("thẻ", library.cards.items()), ("khóa", library.courses.items())):
        for name, one in cards:
            if one in (other.cards.get(name), other.courses.get(name)):
                yield DefinitionProblem(folder, 0, f"thiếu {kind} `{name}`, mà ngôn ngữ này nói là đủ (complete)")
    called = {service for card in library.cards.values() for service in card.call}
    for service in sorted(called - set(other.services)):
        yield DefinitionProblem(folder, 0, f"thiếu services.{service}, mà ngôn ngữ này nói là đủ (complete)")


def text_faults(definitions: Definitions, text: str) -> Iterator[str]:
    """What no message to a person may do, wherever it stands."""
    directory = definitions.directory
    if text.count("?") > 1:
        yield "hỏi nhiều hơn một câu trong một tin"
    for name in VARIABLE.findall(text):
        if not _known_variable(directory, name):
            yield f"không có biến `{{{name}}}`"
    spoken = words_said(text)
    rules = directory.rules
    for word in (*rules.never, *rules.claims_to_be_human, *rules.bureaucratic, *rules.diagnosis):
        if words_said(word) in spoken:
            yield f"không nói `{word}`"
    bare = VARIABLE.sub("", text)
    for service in directory.services.values():
        digits = service.number.replace(" ", "")
        if digits.isdigit() and digits in bare.replace(" ", ""):
            yield f"số {service.number} phải viết là {{so_{service.id}}}"


@lru_cache(maxsize=4096)  # the words of the rules are compared with every text
def words_said(text: str) -> str:
    """The words of a text of the project's own, each between spaces, as the words of a rule are looked for in it."""
    return f" {' '.join(well_typed(text))} "


def _known_variable(directory: Directory, name: str) -> bool:
    if name in directory.variables or name in VARIABLES:
        return True
    forms = {form for address in directory.addresses for words in address.forms.values() for form in words}
    forms |= {form[:1].upper() + form[1:] for form in forms}
    return name in forms


def _shelf_faults(library: Library) -> Iterator[str]:
    """Every topic stands on one shelf, or nobody finds it by pressing."""
    standing = Counter(topic for shelf in library.shelves.values() for topic in shelf.topics)
    for topic in library.topics:
        if standing[topic] != 1:
            yield f"chủ đề `{topic}` nằm ở {standing[topic]} ngăn (shelves), phải đúng một"
    for topic in sorted(set(standing) - set(library.topics)):
        yield f"ngăn (shelves) có chủ đề lạ `{topic}`"
    for name, shelf in library.shelves.items():
        if not shelf.title:
            yield f"ngăn `{name}` thiếu title"


def _card_faults(definitions: Definitions, library: Library, card: Card) -> Iterator[str]:
    directory = definitions.directory
    named = (card.id, card.title, card.ages, card.short, card.chat, card.do_now, card.long, card.source, card.state)
    if not all(named):
        yield "thiếu id, title, ages, short, chat, do_now, long, source hoặc state"
    fewest = ASKS if library is definitions.library else ASKS_ELSEWHERE
    if len(card.asks) < fewest:
        yield f"chỉ có {len(card.asks)} cách hỏi (asks), cần {fewest}"
    if card.audience not in library.audiences:
        yield f"không có đối tượng `{card.audience}`"
    if card.topic not in library.topics:
        yield f"không có chủ đề `{card.topic}`"
    if card.review_by is None:
        yield "thiếu ngày xem lại (review_by)"
    yield from _card_lengths(directory, card)
    for service in card.call:
        if service not in directory.services:
            yield f"không có `{service}` trong danh bạ"
    if "{so_111}" not in " ".join((card.short, *card.chat, card.long)):
        yield "không chỗ nào có số 111 ({so_111})"
    for text in (card.title, card.short, *card.chat, *card.do_now, card.long):
        yield from text_faults(definitions, text)
        yield from _hard_to_read(text)


def _card_lengths(directory: Directory, card: Card) -> Iterator[str]:
    if len(card.chat) > BUBBLES:
        yield f"nhiều hơn {BUBBLES} bong bóng"
    if any(len(text) > BUBBLE for text in card.chat):
        yield f"một bong bóng dài quá {BUBBLE} chữ"
    short = fill(card.short, {**directory.variables, **dict.fromkeys(("ban", "Ban", "minh", "Minh"), "thay co")})
    if len(short) > SHORT:
        yield f"bản ngắn dài {len(short)} chữ, quá {SHORT}"
    if not short.isascii():
        yield "bản ngắn (short) phải không dấu"
    if not FEWEST_DEEDS <= len(card.do_now) <= MOST_DEEDS:
        yield f"cần {FEWEST_DEEDS} tới {MOST_DEEDS} việc làm liền (do_now)"
    if not PAGE[0] <= len(card.long.split()) <= PAGE[1]:
        yield f"bản dài có {len(card.long.split())} chữ, cần {PAGE[0]} tới {PAGE[1]}"


def _course_faults(definitions: Definitions, course: Course) -> Iterator[str]:
    if not (course.id and course.title and course.source and course.state and course.review_by):
        yield "thiếu id, title, source, state hoặc review_by"
    if len(course.lessons) != LESSONS:
        yield f"có {len(course.lessons)} bài, cần {LESSONS}"
    for audience in course.audiences:
        if audience not in definitions.library.audiences:
            yield f"không có đối tượng `{audience}`"
    for lesson in course.lessons:
        if len(lesson) > LESSON:
            yield f"một bài dài quá {LESSON} chữ"
        yield from text_faults(definitions, lesson)
        yield from _hard_to_read(lesson)


def _hard_to_read(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        count = len(sentence.split())
        if count > SENTENCE:
            yield f"câu dài {count} chữ, khó đọc: “{sentence.strip()[:40]}…”"
