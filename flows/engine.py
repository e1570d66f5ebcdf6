"""What to say next: `step(definitions, session, event) -> Turn`. Safety comes first; then answers, then wishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from flows import actions, later, listen, person, safety
from flows.definition import Collect, Definitions, Route, SlotType
from flows.effects import AddToReport, Effect, Say
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
from flows.facts import Message, facts
from flows.guidance import find
from flows.safety import Verdict
from flows.speech import Scene, say
from flows.state import TEXT_LIMIT, WAKE, Frame, Session
from flows.walk import Walk, wait_id_of
from nlu.signals import Signals, Urgency

SKIP, FINISH = "SKIP", "FINISH"
HIDING = ("exit", "erase")  # flows that leave nothing on the screen
PREFIX = "#ct:"
TOPIC = f"{PREFIX}set:topic:"
UPDATES_SHOWN = 3
TEXT_SHOWN = 1_500  # characters of an officer's words to a reporter


@dataclass(frozen=True)
class Turn:
    """The session after an event, and what is now to be done, in order."""

    session: Session
    effects: tuple[Effect, ...]


def step(definitions: Definitions, session: Session, event: Event, *, now: datetime) -> Turn:
    """The answer to one event. Never raises for any event in any session; at most three messages.

    `now` is aware. Urgency never falls here: rules and models only raise, and only a human lowers or closes.
    """
    walk = _Conversation(definitions, session, now)
    match event:
        case Heard(signals, together):
            walk.heard(signals, together)
        case Pressed(payload, title):
            walk.pressed(payload, title)
        case MediaReceived(kind):
            walk.media(kind)
        case Followed():
            walk.followed()
        case WaitExpired(wait_id):
            walk.expired(wait_id)
        case AlertNews(kind):
            walk.news(kind)
        case OfficerJoined():
            walk.officer_joined()
        case OfficerSaid(text):
            walk.effects.append(Say("officer", text[:TEXT_LIMIT]))
        case OfficerLeft():
            walk.officer_left()
        case ReportSaved(receipt):
            walk.resumed("saved", receipt=receipt)
        case ReceiptChecked():
            walk.receipt(event)
        case _:
            assert_never(event)
    return Turn(*walk.finished())


def outage(definitions: Definitions, session: Session, *, now: datetime) -> Say:
    """What the shell says when a turn failed: plainly that it did, and 111."""
    return say(Scene(definitions, session, now), "utter_outage")


def is_choice(definitions: Definitions, payload: str) -> bool:
    """Whether a press carries a payload of ours; anything else is to be understood as typed words."""
    verb, _, rest = payload.removeprefix(PREFIX).partition(":")
    if not payload.startswith(PREFIX):
        return False
    match verb:
        case "skip" | "finish":
            return not rest
        case "go":
            return rest in definitions.flows and definitions.flows[rest].startable
        case "card":
            return rest in definitions.library.cards
        case "set":
            return rest.partition(":")[0] in definitions.slots
        case _:
            return False


class _Conversation(Walk):
    """One event happening to a conversation."""

    # Events

    def heard(self, signals: Signals, together: Signals | None = None) -> None:
        typed = listen.chosen(self.session, signals.text) or listen.titled(self.definitions, signals.text)
        # the words are ours, not theirs, and nothing is read into them; but a topic may be what happens to them
        if typed is not None and not signals.hazards and not typed.payload.startswith(TOPIC):
            self.pressed(typed.payload, typed.title)
            return
        anew = "correction" in listen.signs(self.definitions, signals.text)
        self.session = person.met(self.definitions.directory, self.session, signals, anew=anew)
        before = self.session
        alone = self.asking() is not None or typed is not None  # an answer is read by itself
        verdict = safety.judge(self.definitions, self.session, signals, self.now, None if alone else together)
        self.session = verdict.session
        self.effects += verdict.effects
        if self.session.muted:
            self.heard_while_muted(signals, verdict, before)
        elif verdict.danger:
            self.danger(signals, verdict)
        elif typed is not None and not verdict.check:
            self.pressed(typed.payload, typed.title)
        elif self.guarded():
            self.answer_to_guard(signals, verdict)
        else:
            self.wish(signals, verdict)
            self.run()

    def heard_while_muted(self, signals: Signals, verdict: Verdict, before: Session) -> None:
        wished = self.first_route(self.definitions.routes, signals, verdict)
        if wished in ("exit", "erase"):
            self.go(wished)
            self.run()
        elif verdict.danger and self.session.floor < before.floor:
            self.say("utter_danger_numbers")

    def pressed(self, payload: str, title: str = "") -> None:
        if not is_choice(self.definitions, payload):
            words = (title or payload)[:TEXT_LIMIT]
            self.heard(Signals(words, "unclear", 0.0, "C99", 0.0))
            return
        if self.session.muted and payload not in ("#ct:go:exit", "#ct:go:erase"):
            self.pressed_while_muted(payload)
            return
        verb, _, rest = payload.removeprefix(PREFIX).partition(":")
        match verb:
            case "set":
                slot, _, value = rest.partition(":")
                self.press_value(slot, value)
            case "go":
                self.leave_guard(aloud=rest not in HIDING)
                self.go(rest)
            case "card":
                self.leave_guard()
                self.session = self.session.with_slots(card=rest)
                self.go("card")
            case "skip" | "finish":
                self.skip() if verb == "skip" or self.guarded() else self.finish_report()
        self.run()

    def pressed_while_muted(self, payload: str) -> None:
        """An officer talks: nothing is answered, but whoever presses "not safe" is heard."""
        slot, _, value = payload.removeprefix(f"{PREFIX}set:").partition(":")
        kind = self.definitions.slots.get(slot)
        if kind is None or kind.unsafe_when is None or _pressed(kind, value) != kind.unsafe_when:
            return
        before = self.session
        self.session, alarm = safety.unsafe(self.definitions, before, "check:no", self.now)
        self.effects.append(alarm)
        if self.session.floor < before.floor:
            self.say("utter_danger_numbers")

    def media(self, kind: str) -> None:
        if self.session.muted:
            return
        self.leave_guard()
        self.session = self.session.with_slots(media=kind)
        self.go("media")
        self.run()

    def followed(self) -> None:
        if not self.session.muted:
            self.go("greeting", aside=True)
            self.run()

    def expired(self, wait_id: str) -> None:
        if wait_id not in self.session.waits:
            return
        self.session = replace(self.session, waits=tuple(wait for wait in self.session.waits if wait != wait_id))
        if wait_id.startswith(WAKE):
            self.woken(wait_id.removeprefix(WAKE))
            return
        # a safety question that nobody answered is not put aside because another one ran out
        for frame in self.session.frames[-1:] if self.guarded() else self.session.frames:
            asked = self.collect_of(frame)
            if asked is not None and wait_id == wait_id_of(frame.flow, asked):
                # what stood around the question is not spoken of when nobody is there
                self.session = replace(self.session, frames=(Frame(frame.flow, asked.silent),))
                self.run()
                return

    def woken(self, flow: str) -> None:
        """What was agreed to be asked or told later is so now, unless a human talks or a safety question stands."""
        if flow in self.definitions.flows and not self.session.muted and not self.guarded():
            self.go(flow, aside=True)
            self.run()

    def news(self, kind: str) -> None:
        if kind == "closed":  # a human closed the case with a reason: what comes next is new
            self.session = replace(self.session, floor=Urgency.U4, danger="", category="C99", told=())
            self.session, effects = later.after_care(self.scene())
            self.effects += effects
        self.session = replace(self.session, alert=kind)
        if self.session.away:
            return  # whoever holds the phone would read that there is a case
        if not self.session.muted or kind == "unanswered":
            self.say(f"utter_alert_{kind}")

    def officer_joined(self) -> None:
        if not self.session.muted:
            self.session = replace(self.session, muted=True, frames=(), awaiting="")
            self.say("utter_officer_joined")

    def officer_left(self) -> None:
        if self.session.muted:
            self.session = replace(self.session, muted=False)
            self.say("utter_officer_left")

    def receipt(self, event: ReceiptChecked) -> None:
        status = "locked" if event.locked else event.status or "unknown"
        updates = "\n".join(event.updates[-UPDATES_SHOWN:])[-TEXT_SHOWN:]
        self.resumed("receipt", receipt_status=status, updates=updates or None)

    def resumed(self, awaited: str, **slots: str | None) -> None:
        if self.session.awaiting == awaited:
            self.session = replace(self.session, awaiting="").with_slots(**slots)
            self.run()

    # Danger, and the question whether somebody is safe

    def danger(self, signals: Signals, verdict: Verdict) -> None:
        """At once from anywhere: what to do now, whom to call, at most one question."""
        asked = self.asking()
        slot = self.definitions.slots.get(asked.slot) if asked else None
        if asked is not None and asked.slot == "addition":
            self.effects.append(AddToReport(signals.text[:TEXT_LIMIT]))
        value = listen.answer(slot, signals) if slot is not None else listen.UNREADABLE
        answers = slot is not None and not (slot.type == "choice" and value is listen.UNREADABLE)
        if verdict.renewed and slot and answers and (self.flow_at("danger") or self.flow_at("danger_place")):
            self.fill(False if value is listen.UNREADABLE and slot.type == "bool" else value)
        else:
            self.session = replace(self.session, frames=(), awaiting="")
            self.go("danger_again" if verdict.renewed else "danger")
        self.run()
        named = self.definitions.directory.rules.must_name_child_line
        if not any(isinstance(effect, Say) and effect.key in named for effect in self.effects):
            self.effects.insert(0, say(self.scene(), "utter_danger_numbers"))  # whatever else is asked about

    def guarded(self) -> bool:
        """Whether the answer that is awaited is one of a safety question."""
        top = self.session.top
        return bool(
            top and top.asked and top.flow in self.definitions.flows and self.definitions.flows[top.flow].safety
        )

    def answer_to_guard(self, signals: Signals, verdict: Verdict) -> None:
        asked = self.asking()
        slot = self.definitions.slots[asked.slot] if asked else None
        value = listen.answer(slot, signals) if slot and not verdict.check else False
        wished = self.first_route(self.definitions.routes, signals, verdict)
        if value is not True:
            self.session = self.session.hearing(signals.text)
        if value is not True and (wished in HIDING or asked is None):  # a session may be older than its flow
            self.leave_guard(aloud=wished not in HIDING)
            self.go(wished)
        else:
            self.fill(value if isinstance(value, bool) else None)
        self.run()

    def leave_guard(self, *, aloud: bool = True) -> None:
        """Whoever does anything else than say that they are safe is treated as in danger; `aloud`: told the numbers."""
        if self.guarded():
            self.session, alarm = safety.unsafe(self.definitions, self.session, "check:unclear", self.now)
            self.effects.append(alarm)
            self.session = replace(self.session, frames=())
            if aloud:
                self.say("utter_danger_numbers")

    # Wishes and answers

    def wish(self, signals: Signals, verdict: Verdict) -> None:
        """Set the frames to what the person wants; nothing is said yet, except that a check goes before all."""
        asked, top = self.asking(), self.session.top
        self.session = replace(self.session, awaiting="")
        if asked is not None and top is not None and self.definitions.flows[top.flow].sticky:
            self.sticky(signals, verdict, asked)
        elif asked is not None:
            self.loose(signals, verdict, asked)
        else:
            self.start(self.first_route(self.definitions.routes, signals, verdict), signals)
        if verdict.check and self.session.top is not None and self.session.top.flow in HIDING:
            # somebody comes in: nothing is asked on this screen, a human looks after it
            self.session, alarm = safety.unsafe(self.definitions, self.session, "check:unclear", self.now)
            self.effects.append(alarm)
        elif verdict.check:
            self.push("check")

    def sticky(self, signals: Signals, verdict: Verdict, asked: Collect) -> None:
        """Inside a report: an answer, unless a command or a clear aside; asides come back to the question."""
        interrupt = self.first_route(self.definitions.interrupts, signals, verdict)
        if interrupt == SKIP:
            self.skip()
        elif interrupt == FINISH:
            self.finish_report()
        elif interrupt:
            self.session = self.session.with_slots(query=signals.text[:TEXT_LIMIT])
            self.go(interrupt, aside=True)
        else:
            kind = self.definitions.slots[asked.slot]
            value = listen.answer(kind, signals)
            if value is listen.UNREADABLE:
                self.session = self.session.hearing(signals.text)
                if kind.type == "choice":  # no answer, but something else that they want to say
                    self.unwait(asked)
                    self.start(self.first_route(self.definitions.routes, signals, verdict), signals)
                    return
                value = None  # nothing is asked twice; the words are kept
            self.fill(value)

    def loose(self, signals: Signals, verdict: Verdict, asked: Collect) -> None:
        """In a menu: an answer if it is one, otherwise whatever the person wants now."""
        value = listen.answer(self.definitions.slots[asked.slot], signals)
        kind = self.definitions.slots[asked.slot].type
        wished = self.first_route(self.definitions.routes, signals, verdict)
        if signals.command == "skip":
            self.skip()
        elif value is not listen.UNREADABLE and (kind in ("choice", "bool") or wished in ("", "fallback")):
            self.fill(value)
        else:
            self.start(wished, signals)

    def start(self, flow: str, signals: Signals) -> None:
        code = listen.code_in(signals.text)
        if code and flow == "receipt":
            self.session = self.session.with_slots(receipt_code=code)
        self.session = replace(self.session, frames=()).with_slots(
            query=signals.text[:TEXT_LIMIT], query_category=signals.category
        )
        flow = flow if flow in self.definitions.flows else "fallback"
        if not self.definitions.flows[flow].miss:
            self.session = replace(self.session, misses=0)
        self.go(flow)

    def first_route(self, table: tuple[Route, ...], signals: Signals, verdict: Verdict) -> str:
        library = self.definitions.library
        card = bool(find(library, signals.text, category=verdict.fresh.category, limit=1))
        message = Message(signals, verdict.fresh, card, listen.signs(self.definitions, signals.text))
        known = facts(self.definitions.directory, self.session, self.now, message)
        for route in table:
            if route.when is None or route.when.holds(known):
                return route.then
        return ""

    def press_value(self, slot: str, value: str) -> None:
        kind = self.definitions.slots[slot]
        given = _pressed(kind, value)
        asked = self.asking()
        if asked is not None and asked.slot == slot and self.allowed(kind.name, given):
            self.fill(given)
        elif given is not None and given == kind.unsafe_when:
            # an old button, but no old news: whoever presses "not safe" is heard
            self.session = replace(self.session, frames=()).with_slots(**{slot: given})
            self.go("unsafe")
        elif self.guarded():
            self.fill(None)
        elif asked is None and kind.opens and self.allowed(kind.name, given) and isinstance(given, str):
            self.session = person.chosen(self.definitions.directory, self.session.with_slots(**{slot: given}), given)
            self.go(kind.opens)
        elif asked is None and not self.session.frames:
            self.go("fallback")

    def allowed(self, slot: str, value: str | bool | None) -> bool:
        kind = self.definitions.slots[slot]
        if kind.type == "choice" and kind.values:
            return value in kind.values
        if kind.offers:
            payload = f"{PREFIX}set:{slot}:{value}"
            return any(choice.payload == payload for choice in actions.offers(self.scene(), kind.offers))
        return kind.type == "bool"

    def finish_report(self) -> None:
        """ "Gửi luôn": what was told is sent now; the questions that are left are not asked."""
        for place in range(len(self.session.frames) - 1, -1, -1):
            frame = self.session.frames[place]
            flow = self.definitions.flows.get(frame.flow)
            if flow is not None and flow.finish:
                asked = self.collect_of(frame)
                if asked is not None:
                    self.unwait(asked)
                kept = self.session.frames[:place]
                self.session = replace(self.session, frames=(*kept, Frame(frame.flow, flow.finish)))
                return
        if self.asking() is not None:
            self.skip()  # nothing is to be sent here, and nothing more is asked
        else:
            self.go("report")


def _pressed(kind: SlotType, value: str) -> str | bool | None:
    return {"yes": True, "no": False}.get(value) if kind.type == "bool" else value
