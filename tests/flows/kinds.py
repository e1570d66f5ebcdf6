"""The many kinds of messages, presses and news that a conversation can meet; made by hand, no reader is asked."""

from __future__ import annotations

from hypothesis import strategies as st

from flows.definition import Definitions
from flows.events import (
    AlertNews,
    Event,
    Followed,
    Heard,
    MediaReceived,
    OfficerJoined,
    OfficerLeft,
    OfficerSaid,
    Pressed,
    ReceiptChecked,
    ReportSaved,
    WaitExpired,
)
from nlu.signals import Entity, Signals, Span, Urgency, Weight
from tests.flows.talk import CALM, command, danger, doubt, place, sign, told, words

COMMANDS = ("exit", "erase", "human", "hotline", "help", "restart", "stop", "skip", "finish", "yes", "no")
CATEGORIES = (*(f"C{number:02}" for number in range(1, 21)), "C90", "C99")
INTENTS = (
    "report_self", "report_other", "guidance", "human", "hotline", "privacy", "status", "exit", "smalltalk",
    "out_of_scope", "unclear",
)  # fmt: skip
CHANNELS = ("web", "zalo", "sms", "telegram", "terminal")
ADDRESSES = ("unknown", "teacher", "parent", "neighbour", "con", "em")
MEDIA = ("image", "voice", "video", "sticker", "file", "location", "contact", "")

# Whole messages as people write them: greetings, answers, numbers, places, codes, long, empty and odd ones.
LINES = (
    "", " ", "?", "1", "2", "9", "so 3", "có", "không", "dạ rồi", "an toàn", "em an toàn rồi", "chưa an toàn",
    "không có ai",    "xin chào", "cảm ơn nha", "cha mẹ", "học sinh", "hàng xóm", "làm sao để con bớt coi điện thoại",
    "bạn chọc con hoài ở lớp", "Bị đánh, bị la", "Gặp người thật", "Phường Tân An", "hồi tối qua, giờ vẫn còn",
    "con cháu", "ở nhà sau tám giờ tối", "24681 35790", "em bị đánh", "con tui bị thầy đánh", "my dad hits me",
    "tui kềm không nổi, muốn đánh nó", "mình bị ấu dâm, sợ lắm", "tại sao vậy?", "😢", "\u200b\u0000", "a" * 5_000,
    "#ct:go:exit", "{so_111} {ban} {receipt}", "thôi", "hok biet nua",
)  # fmt: skip

TWO_PLACES = place("Tân An", "31147", "31135")
_LEVELS = st.sampled_from([Urgency.U0, Urgency.U1])
_HAZARDS = st.builds(
    sign,
    st.sampled_from(Urgency),
    st.sampled_from(CATEGORIES),
    st.sampled_from(Weight),
    st.sampled_from(["weapon", "left_alone", "locked_or_tied", "afraid"]),
)
_ENTITIES = st.sampled_from(
    [
        Entity("place", "31147", Span(0, 1)),
        Entity("place", "31147", Span(0, 1), ("31147", "31135")),
        Entity("place", "", Span(0, 1)),
        Entity("receipt", "2468135790", Span(0, 1)),
        Entity("time", "now", Span(0, 1)),
    ]
)
_READINGS = st.sampled_from([CALM, {}, {Urgency.U2: 0.8}, {Urgency.U3: 0.8}, {Urgency.U1: 0.8}, {Urgency.U0: 0.5}])


def _anything() -> st.SearchStrategy[Signals]:
    """Readers may find anything in any line, also what does not fit together."""
    return st.builds(
        Signals,
        text=st.sampled_from(LINES),
        intent=st.sampled_from(INTENTS),
        intent_score=st.sampled_from([0.1, 0.9]),
        category=st.sampled_from(CATEGORIES),
        category_score=st.sampled_from([0.1, 0.9]),
        urgency=_READINGS,
        hazards=st.lists(_HAZARDS, max_size=2).map(tuple),
        entities=st.lists(_ENTITIES, max_size=2).map(tuple),
        language=st.sampled_from(["vi", "en", "km"]),
        command=st.sampled_from([None, None, *COMMANDS]),
        alarm=st.sampled_from([0.0, 0.5, 0.8]),
        page_from=st.sampled_from([0.7, 1.0]),
        check_from=st.sampled_from([0.4, 1.0]),
    )


MESSAGES: st.SearchStrategy[Signals] = st.one_of(
    st.sampled_from(COMMANDS).map(command),
    st.builds(words, st.sampled_from(LINES), st.sampled_from(INTENTS), st.sampled_from(["C90", "C99", "C16"])),
    st.builds(told, st.just("thầy hay đánh em ở lớp"), st.sampled_from(["report_self", "report_other"])),
    st.builds(danger, st.just("cứu em với, dượng tới"), _LEVELS, st.sampled_from(CATEGORIES)),
    st.builds(doubt, st.sampled_from(["em sợ lắm", "có", "không"])),
    st.sampled_from([place("Tân An", "31147"), TWO_PLACES]),
    _anything(),
)
URGENT = st.one_of(
    st.builds(danger, st.sampled_from(["cứu em với", "dượng lại tới", "có"]), _LEVELS, st.sampled_from(CATEGORIES)),
    st.builds(doubt, st.sampled_from(["em sợ lắm", "nó tới nữa"])),
)
ANSWERS = st.one_of(
    st.builds(words, st.sampled_from(["có", "không", "an toàn", "bỏ qua nha", "cha mẹ", "ở gần chợ", "hồi tối qua"])),
    st.sampled_from([place("Tân An", "31147"), TWO_PLACES]),
)
_CHECKED = st.builds(
    ReceiptChecked,
    st.sampled_from(["received", "in_progress", "done", None]),
    st.sampled_from([(), ("Cô đã tới nhà.",), ("Em khỏe không? Có gì mới không?", "x" * 3_000, "Dạ", "Rồi")]),
    st.booleans(),
)
NEWS: st.SearchStrategy[Event] = st.one_of(
    st.builds(AlertNews, st.sampled_from(["acknowledged", "unanswered", "handed_over", "reopened", "closed"])),
    st.sampled_from(
        [OfficerJoined(), OfficerSaid("Cô đây. Con sao rồi? Có ai bên cạnh không?"), OfficerSaid("x" * 9_000)]
    ),
    st.sampled_from([OfficerLeft(), ReportSaved("1111 1111 11"), WaitExpired("silence:check.ask"), WaitExpired("")]),
    _CHECKED,
)
# What may come instead of an answer, when somebody was asked whether they are safe or while an officer talks.
INSTEAD: tuple[Event, ...] = (
    Pressed("#ct:finish"),
    Pressed("#ct:skip"),
    Pressed("#ct:go:receipt"),
    Pressed("#ct:set:is_safe:no"),
    Pressed("#ct:set:safe_now:no"),
    Pressed("#ct:set:is_safe:maybe"),
    MediaReceived("image"),
    Followed(),
)
# Where a walk begins: at nothing, or already deep inside.
OPENINGS: tuple[tuple[Event, ...], ...] = (
    (),
    (Pressed("#ct:go:report"),),
    (Pressed("#ct:go:report_other"), Pressed("#ct:set:safe_now:yes"), Heard(words("nó bị đánh"))),
    (
        Pressed("#ct:go:report_other"),
        Pressed("#ct:set:safe_now:yes"),
        Heard(words("nó bị đánh")),
        Heard(TWO_PLACES),
        Heard(words("gần chợ")),
    ),
    (Pressed("#ct:go:report"), Pressed("#ct:skip"), Heard(doubt())),
    (Pressed("#ct:go:report"), Heard(command("help"))),
    (Heard(danger()), Pressed("#ct:set:safe_now:yes")),
    (Heard(words("con bị", "report_other")), Heard(danger()), Pressed("#ct:skip"), Heard(TWO_PLACES)),
    (Heard(danger(category="C11")),),
    (Pressed("#ct:go:receipt"), Heard(words("24681 35790"))),
    (Pressed("#ct:go:guidance"),),
    (Heard(doubt()), OfficerJoined()),
)
FORGED = (
    "", "#ct:", "#ct:go:", "#ct:go:card", "#ct:go:danger", "#ct:go:nowhere", "#ct:set:", "#ct:set:is_safe",
    "#ct:set:is_safe:maybe", "#ct:set:nobody:yes", "#ct:set:locality:31147", "#ct:set:where:00000",
    "#ct:set:topic:nothing", "#ct:set:audience:officer", "#ct:set:what:x", "#ct:set:sent:yes", "#ct:card:none",
    "#ct:skip:1", "#ct:finish:", "ack:1", "drop table", "#ct:set:receipt_code:1",
)  # fmt: skip


def payloads(definitions: Definitions) -> tuple[str, ...]:
    """Every payload that any message ever offers, and some that none does."""
    written = {
        choice.payload
        for language in definitions.languages.values()
        for response in language.responses.values()
        for variation in response.variations
        for choice in variation.choices
    }
    started = {f"#ct:go:{flow.id}" for flow in definitions.flows.values() if flow.startable}
    cards = {f"#ct:card:{card}" for card in list(definitions.library.cards)[:5]}
    topics = {f"#ct:set:topic:{topic}" for topic in list(definitions.library.topics)[:5]}
    return (*sorted(written | started | cards | topics), *FORGED)
