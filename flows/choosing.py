"""What a message wishes for, by the first line of a table that holds, and how it is begun."""

from __future__ import annotations

from dataclasses import replace

from flows import listen, replies, safety, whereabouts
from flows.asking import asks, asks_within, without_lead
from flows.definition import Collect, Route, SlotType
from flows.facts import Message, facts
from flows.guidance import SURE, ranked
from flows.misread import SAID, puts_right, says_again
from flows.safety import Verdict
from flows.state import TEXT_LIMIT
from flows.walk import Walk
from nlu.signals import Signals, Urgency

REPLY = "REPLY"  # what a route may lead to beside a flow: a short reply
SILENT = ("here", "place_simply", "misheard")  # asides after which what was asked is awaited in silence
ASKED = "C90"


class Choosing(Walk):
    """A conversation that can tell what a message wishes for, and begin it."""

    def first_route(self, table: tuple[Route, ...], signals: Signals, verdict: Verdict) -> str:
        card = self.has_card(signals.text, verdict, matter_of(signals, verdict.fresh.category))
        signs = listen.signs(self.definitions, signals.text, signals.spelled)
        before = facts(self.definitions.directory, self.session, self.now)
        reply = replies.find(self.definitions.replies, signals.asked, before, asking=asks(signals.text))
        sure = reply is not None and dict(signals.asked)[reply.id] >= replies.SURE
        misread = self.was_misread(signals, signs)
        doubtful = (verdict.check or verdict.softly) and not signals.hazards
        likely = reply is not None and dict(signals.asked)[reply.id] >= replies.LIKELY
        if misread and not likely and reply is not None and reply.then == replies.ANSWERED:
            reply = None  # what was misread once is not answered by a guess
        name, first = (reply.id, reply.first) if reply else ("", False)
        message = Message(
            signals,
            verdict.fresh,
            card=card,
            reply=name,
            reply_sure=sure,
            reply_likely=likely,
            reply_first=first,
            signs=signs,
            misread=misread,
            doubtful=doubtful,
        )
        known = facts(self.definitions.directory, self.session, self.now, message)
        then = next((route.then for route in table if route.when is None or route.when.holds(known)), "")
        if then != REPLY or reply is None:
            return then
        if self.said_already(reply.id):
            return "human_instead" if self.session.alert not in safety.OPEN else "no_answer"
        self.session = self.session.with_slots(reply=reply.id, answered_words=signals.text[:TEXT_LIMIT])
        return reply.then

    def said_already(self, reply: str) -> bool:
        """Whether the very same answer was the last one given, to who is in no danger: a human reads it instead.

        In danger what to do may well be said twice, and so may what was told without being asked.
        """
        calm = self.session.floor > Urgency.U1 or self.session.slots.get("softly") is True
        earlier = self.before.slots.get("answered_words")
        only_told = isinstance(earlier, str) and not asks_within(earlier)
        return calm and self.before.slots.get("reply") == reply and not only_told and not self.session.away

    def was_misread(self, signals: Signals, signs: tuple[str, ...]) -> bool:
        """Whether they say, of what was said to them, that it was not what they meant, or ask the same again."""
        if not (self.session.greeted or self.session.alert) or self.session.away:
            return False
        asked = self.asking()
        kind = self.definitions.slots.get(asked.slot) if asked is not None else None
        if kind is not None and kind.type == "bool" and listen.answer(kind, signals) is not listen.UNREADABLE:
            return False  # "hông có ai hết" is what was asked
        before = self.session.slots.get("query")
        again = isinstance(before, str) and says_again(signals.text, before)
        return again or SAID in signs or puts_right(signals.text)

    def has_card(self, text: str, verdict: Verdict, matter: str | None = None, *, sure: bool = False) -> bool:
        """Whether a card may be about `text`; `sure`: whether one answers it."""
        library = self.definitions.library.spoken(self.session.language)
        category = verdict.fresh.category if matter is None else matter
        found = ranked(library, without_lead(text), category=category, limit=1)
        return bool(found) and (not sure or found[0][1] >= SURE)

    def signs_of(self, signals: Signals) -> tuple[str, ...]:
        return listen.signs(self.definitions, signals.text, signals.spelled)

    def start(self, flow: str, signals: Signals) -> None:
        code = listen.code_in(signals.text)
        if code and flow == "receipt":
            self.session = self.session.with_slots(receipt_code=code)
        told = self.session.told
        asked = told[0] if flow == "only_asked" and told else signals.text  # what it was all about
        self.session = replace(self.session, frames=()).with_slots(
            query=asked[:TEXT_LIMIT], query_category=matter_of(signals, signals.category)
        )
        flow = flow if flow in self.definitions.flows else "fallback"
        if not self.definitions.flows[flow].miss:
            self.session = replace(self.session, misses=0)
        self.go(flow)

    def tell_aside(self, flow: str, signals: Signals, asked: Collect | None) -> None:
        """What is asked or feared while help is under way is answered; then the open question stands again."""
        if asked is None:
            self.start(flow, signals)
        else:
            self.leave_question(flow, signals, asked)
            self.session = self.session.with_slots(query=signals.text[:TEXT_LIMIT])
            self.go(flow, aside=True)

    def leave_question(self, flow: str, signals: Signals, asked: Collect) -> None:
        """What was asked is answered where the aside names the place."""
        kind = self.definitions.slots[asked.slot]
        first = replace(signals, text=whereabouts.first_clause(signals.text), hazards=())
        if kind.type == "place" and whereabouts.begins_with_a_place(kind, first):
            value = listen.answer(kind, signals)
            self.fill(first.text if value is listen.UNREADABLE else value)
        elif kind.type == "place" and (named := whereabouts.named(signals)):
            self.fill(named)  # "vậy em có nên ra gặp nó hông, ở Ninh Kiều á"
        elif kind.type == "choice" and (chosen := listen.exactly(kind, first.text)) is not None:
            self.fill(chosen)
        elif kind.type == "bool" and first.text != signals.text and (begun := begins(kind, first, signals)) is not None:
            self.fill(begun)
        elif kind.type != "place" and signals.hazards == ():
            self.told_early(kind, first)
        if flow in SILENT:
            self.session = self.session.with_slots(quietly=True)

    def told_early(self, kind: SlotType, signals: Signals) -> None:
        """Where it is, told where something else was asked, needs not be asked any more: "ấp 3 gần chợ"."""
        where = self.definitions.slots.get("where")
        if where is None or where is kind or "where" in self.session.slots:
            return
        if whereabouts.begins_with_a_place(where, signals) and listen.answer(where, signals) is not listen.UNREADABLE:
            self.session = self.session.with_slots(where=self.placed(signals.text[:TEXT_LIMIT].strip()))


def matter_of(signals: Signals, category: str) -> str:
    """What a question is about: nothing, where no wish was read and the category only says that something is asked."""
    return "" if signals.intent == "unclear" and category == ASKED else category


def begins(kind: SlotType, first: Signals, signals: Signals) -> bool | None:
    """What the first words of a message answer: "chưa, cửa khóa bên trong. mà …".

    That they are safe only where nothing in the rest speaks against it: "rồi, mà ổng cầm dao đứng ngoài cửa" is no yes.
    """
    value = listen.yes_or_no(kind, first)
    guards = kind.unsafe_when is not None
    if not isinstance(value, bool) or (
        guards and value is not kind.unsafe_when and not listen.says_yes_within(kind, signals)
    ):
        return None
    return value
