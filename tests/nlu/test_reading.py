"""A message is read by every reader at once; no reader silences another, and any text gets an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from nlu import Signals, understand
from nlu.entities import hidden_names
from nlu.normalise import Normalised, normalise
from nlu.signals import Urgency
from tests.nlu.known import model
from tests.nlu.small import readers

NET = model()
TUESDAY = datetime(2026, 11, 3, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
DANGER = "dượng đang đánh em cứu em"
TALK = "chiều nay mẹ nấu canh chua ngon lắm ăn cơm"


def heard(text: str, *, page: float = 0.5, check: float = 0.3) -> Signals:
    """`text` read by the lexicon and the small trained reader."""
    return understand(text, model(readers(page, check)))


def values(signals: Signals, kind: str) -> list[str]:
    return [entity.value for entity in signals.entities if entity.kind == kind]


def test_everything_said_in_one_message_is_found() -> None:
    text = "hôm qua dượng đánh em, em 12 tuổi ở xã Nhơn Mỹ, gọi 0900000001"
    signals = understand(text, NET)
    assert signals.text == text
    assert "child_beaten" in [hazard.concept for hazard in signals.hazards]
    assert values(signals, "age") == ["12"]
    assert values(signals, "time") == ["within_72h"]
    assert values(signals, "phone") == ["0900000001"]
    assert values(signals, "place") == ["31552"]
    assert "stepfather" in values(signals, "relation")


def test_the_day_of_the_message_is_what_weekdays_are_counted_from() -> None:
    assert values(understand("chủ nhật vừa rồi ba về", NET, now=TUESDAY), "time") == ["within_72h"]
    assert values(understand("chủ nhật vừa rồi ba về", NET), "time") == []


def test_the_age_of_the_child_raises_the_sign() -> None:
    levels = [understand(f"bé {age} tuổi bị bầm mặt", NET).hazards[0].level for age in (5, 12)]
    assert levels == [Urgency.U0, Urgency.U1]
    assert understand("con 3 tháng nay bị bầm mặt hoài", NET).hazards[0].level is Urgency.U1


def test_without_a_trained_reader_signs_and_commands_still_speak() -> None:
    signals = understand("con bị cha dượng bóp cổ", NET)
    assert (signals.category, signals.intent, signals.intent_score) == ("C01", "unclear", 0.0)
    assert signals.readers == ("lexicon",)
    assert not signals.urgency
    assert understand("thoát", NET).intent == "exit"
    assert understand("chào", NET).category == "C99"


def test_the_gravest_sign_names_the_category_where_nobody_else_does() -> None:
    signals = understand("em muốn chết, dượng đang đánh em", NET)
    assert min(signals.hazards, key=lambda hazard: hazard.level).category == signals.category == "C01"


def test_a_trained_reader_gives_its_opinion_and_its_thresholds() -> None:
    signals = heard(DANGER, page=0.6, check=0.2)
    assert (signals.category, signals.intent) == ("C01", "report_self")
    assert signals.urgency[Urgency.U0] + signals.urgency[Urgency.U1] > 0.6
    assert sum(signals.urgency.values()) <= 1.0 + 1e-9
    assert (signals.page_from, signals.check_from) == (0.6, 0.2)
    assert signals.readers == ("lexicon", "ngram")


def test_a_trained_reader_silences_no_sign() -> None:
    for text in (DANGER, f"{TALK}, em sợ về nhà", "dượng bóp cổ em"):
        assert heard(text).hazards == understand(text, NET).hazards
        assert heard(text).hazards


def test_where_only_the_trained_reader_speaks_the_weightiest_words_are_named() -> None:
    alone = heard("cậu út vào lúc ngủ sờ", check=0.05)
    assert alone.hazards == ()
    assert alone.weighty_words
    assert heard(DANGER).hazards
    assert heard(DANGER).weighty_words == ()
    assert heard(TALK).weighty_words == ()


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("thoát", "exit"),
        ("xóa tin nhắn", "exit"),
        ("gặp người thật", "human"),
        ("111", "hotline"),
        ("dạ có", "smalltalk"),
    ],
)
def test_a_command_is_surer_than_any_reader(text: str, intent: str) -> None:
    for signals in (heard(text), understand(text, NET)):
        assert (signals.intent, signals.intent_score) == (intent, 1.0)


@pytest.mark.parametrize("text", ["xyzzy qwrt", "ជួយផង", "!!!", "😭", "12", ""])
def test_words_no_reader_knows_are_unclear_and_no_opinion(text: str) -> None:
    signals = heard(text)
    assert signals.intent == "unclear"
    assert not signals.urgency


def test_the_language_is_told() -> None:
    assert understand("ជួយខ្ញុំផង", NET).language == "km"
    assert understand("he hits me every night", NET).language == "en"
    assert understand("ba danh em", NET).language == "vi"


def test_english_and_khmer_cries_for_help_are_heard() -> None:
    assert understand("my dad is hitting my mom right now", NET).hazards
    assert understand("ខ្ញុំចង់ស្លាប់", NET).hazards


@profile(deadline=None, max_examples=60)
@given(text=st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_any_text_is_read(text: str) -> None:
    for signals in (understand(text, NET, now=TUESDAY), heard(text)):
        assert signals.text == text
        spans = [hazard.span for hazard in signals.hazards] + [entity.span for entity in signals.entities]
        assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.mark.parametrize("piece", ["dượng đánh em 12 tuổi ở xã Tân Bình. ", "đ\u0301" * 50, "cầm dao ", "3t", "a1"])
def test_a_message_of_any_length_is_read(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    signals = heard(text)
    assert signals.text == text
    assert all(hazard.span.end <= len(text) for hazard in signals.hazards)


class _Mender:
    """Reads every message as one fixed other."""

    def __init__(self, meant: str) -> None:
        self.meant = meant

    def mended(self, message: Normalised) -> Normalised | None:
        return normalise(self.meant)


def test_a_message_with_slips_is_heard_as_typed_or_as_meant_whichever_is_more_urgent() -> None:
    alone = readers()
    danger, talk = (alone.hear(normalise(text)).alarm for text in (DANGER, TALK))
    assert danger > talk
    for typed, meant in ((TALK, DANGER), (DANGER, TALK)):
        assert replace(alone, mender=_Mender(meant)).hear(normalise(typed)).alarm == danger


def test_what_is_most_urgent_as_typed_is_not_read_twice() -> None:
    asked: list[Normalised] = []

    class Asked(_Mender):
        def mended(self, message: Normalised) -> Normalised | None:
            asked.append(message)
            return super().mended(message)

    ear = replace(readers(page=0.2, check=0.1), mender=Asked(TALK))
    assert ear.hear(normalise(DANGER)).alarm >= 0.2
    assert not asked
    ear.hear(normalise(TALK))
    assert len(asked) == 1


@pytest.mark.parametrize("way", ["em tên {}, {}", "{1} . tên {0}", "tên nó là {}\n{}"])
@pytest.mark.parametrize("text", [DANGER, TALK])
def test_whoever_says_their_name_is_heard_alike_whatever_it_is(text: str, way: str) -> None:
    said = [heard(way.format(name, text)) for name in ("Minh", "Hường", "Danh Sóc", "Thị Na Rinh", "Kevin")]
    assert len({(one.alarm, one.intent_score, one.category) for one in said}) == 1


@pytest.mark.parametrize(
    "told", ["thằng {} bên nhà rượt đánh em", "bé {} khóc hoài", "be {} bi danh hoai", "bác {} kể"]
)
def test_whoever_is_told_of_is_heard_alike_whatever_the_name(told: str) -> None:
    said = [heard(told.format(name)) for name in ("Minh", "Mai", "Danh Sóc", "Thị Na Rinh", "Kevin", "Đạt")]
    assert len({(one.alarm, one.intent_score, one.category) for one in said}) == 1


def test_a_danger_after_a_name_or_instead_of_one_is_heard() -> None:
    assert heard("hôm qua bé Na Đau bụng hoài").alarm == heard("hôm qua bé Lan Đau bụng hoài").alarm
    for said in ("em Bị đánh", "con Chết mất"):
        assert hidden_names(said, NET.speech, NET.lexicon.everyday) == said


def test_a_danger_written_in_capitals_is_no_name() -> None:
    text = "Em Tên Lan Bị Dượng Đánh"
    assert heard(text).alarm == readers().hear(normalise(text)).alarm


@pytest.mark.parametrize("swearing", ["đm {} vl", "{} vcl", "đéo {} cc"])
def test_swearing_never_makes_a_danger_quieter(swearing: str) -> None:
    assert heard(swearing.format(DANGER)).alarm >= heard(DANGER).alarm


def test_a_rough_word_for_oneself_never_makes_a_sign_quieter() -> None:
    rough, polite = heard("dượng đang đánh tao"), heard("dượng đang đánh em")
    assert rough.hazards
    assert rough.alarm >= polite.alarm
