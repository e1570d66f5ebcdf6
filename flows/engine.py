"""What to say next: `step(definitions, session, event) -> Turn`. Safety comes first; then answers, then wishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from flows import later, listen, person, safety, whereabouts
from flows.answers import PREFIX, pressed_value
from flows.bystander import Bystander
from flows.definition import Definitions, SlotType
from flows.effects import Effect, Say
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
from flows.safety import Verdict
from flows.speech import Scene, say
from flows.state import TEXT_LIMIT, WAKE, Frame, Session
from flows.walk import HIDING, wait_id_of
from nlu.signals import Signals, Urgency

TOPIC = f"{PREFIX}set:topic:"
DYING = ("wants_to_die", "suicide_plan", "suicide_named")  # concepts of a wish to die
QUIET_WORDS = ("farewell", "asks_for_more")  # signs of what ends, or goes on with, a quiet talk
ASKED_ONCE = ("placing", "safe_asked", "beside_asked", "check_asked", "missed", "softly")  # of one case
UNWRITTEN = ("never", "silent")  # to the check-back: they said no, or did not answer it
ABSENT = ("unanswered", "handed_over")  # news that nobody is there, told even where an officer was to talk
READS_ALONG = timedelta(minutes=5)
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
            walk.officer_said(text)
        case OfficerLeft():
            walk.officer_left()
        case ReportSaved(receipt):
            walk.resumed("saved", receipt=receipt)
        case ReceiptChecked():
            walk.receipt(event)
        case _:
            assert_never(event)
    return Turn(*walk.finished())


def mark(definitions: Definitions, session: Session, *, now: datetime) -> str:
    """The words before a message that may have reached this person already."""
    return say(Scene(definitions, session, now), "utter_sent_again").text + " "


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


class _Conversation(Bystander):
    """One event happening to a conversation."""

    # Events

    def heard(self, signals: Signals, together: Signals | None = None) -> None:
        first = "missed" not in self.session.slots
        misread = first and self.was_misread(signals, self.signs_of(signals))
        self.understood(signals, together)
        if self.session.slots.get("softly") is True and self.session.alert not in safety.OPEN:
            self.session = replace(self.session, alert="open")  # a human was called, of which this turn said nothing
        if misread and not self.session.away:
            self.session = self.session.with_slots(missed=True)  # the second time, a human reads

    def understood(self, signals: Signals, together: Signals | None) -> None:
        """What is done and said about a message: danger first, then answers, then wishes."""
        if self.session.slots.get("check_when") == "silent":  # they write again
            self.session = self.session.without_slots("check_when")
        typed = listen.chosen(self.session, signals.text, self.definitions.presses) or listen.titled(
            self.definitions, signals.text
        )
        # the words are ours, not theirs, and nothing is read into them; but a topic may be what happens to them
        if typed is not None and not signals.hazards and not typed.payload.startswith(TOPIC):
            self.pressed(typed.payload, typed.title)
            return
        if (meant := self.answered_exactly(signals)) is not None:
            self.pressed(meant)
            return
        answer = self.as_answer(signals)
        together = None if answer is not signals and self.nothing_told(together) else together
        signals = answer
        found = listen.signs(self.definitions, signals.text, signals.spelled)
        anew, place = "correction" in found, self.session.slots.get("locality")
        another = "of_another" in found or ("kin_of_child" in found and not self.session.told)
        own = {"hits_me", "my_kin"} <= set(found) or "own_life" in found
        mine = {"of_me", "is_me"} & set(found) != set() or (own and "of_child" not in found)
        of_another = None if another == mine else another
        self.session = person.met(
            self.definitions.directory,
            self.session,
            signals,
            anew=anew,
            of_another=of_another,
            mistaken="not_the_child" in found and not self.session.away,
            child="is_the_child" in found and not self.session.away,
            friend="not_me" in found and not self.session.away,
            dying="own_life" in found and not another and any(h.concept in DYING for h in signals.hazards),
        )
        before = self.session
        alone = self.asking() is not None or typed is not None  # an answer is read by itself
        read = None if alone else together
        verdict = safety.judge(self.definitions, self.session, signals, self.now, read)
        verdict = safety.softened(self.definitions, before, verdict, signals, read, now=self.now)
        self.session = verdict.session
        self.effects += verdict.effects
        if self.session.muted:
            self.heard_while_muted(signals, verdict, before, place)
        elif verdict.danger and (
            hiding := self.wants_erased(signals, before) or self.somebody_reads(signals, verdict, before)
        ):
            self.go(hiding)
            self.run()
        elif verdict.danger and before.alert in safety.OPEN and self.tells_good_news(signals):
            self.session = replace(self.session, danger=before.danger)  # what was told stays what it was
            self.tell_aside("good_news", signals, self.asking())
            self.run()
        elif verdict.danger and (aside := self.asked_in_the_midst(signals, verdict, before)):
            self.tell_aside(aside, signals, self.asking())
            self.run()
        elif verdict.danger:
            if before.alert not in safety.OPEN and self.session.slots.get("where") is None:
                self.session = self.session.without_slots("where")  # passed over in a report, it matters more now
            self.danger(signals, verdict)
        elif typed is not None and not verdict.check:
            self.pressed(typed.payload, typed.title)
        else:
            self.answered(signals, verdict)

    def as_answer(self, signals: Signals) -> Signals:
        """The message read against the question that was asked, where it is nothing but its answer."""
        asked = self.asking()
        slot = self.definitions.slots.get(asked.slot) if asked is not None else None
        if slot is not None:
            return listen.calm(signals) if self.answers_calmly(slot, signals) else listen.plainly(slot, signals)
        return listen.calm(signals) if self.says_nothing_new(signals) else signals

    def answers_calmly(self, slot: SlotType, signals: Signals) -> bool:
        """Whether the words at a question tell of no danger, whatever they would sound like alone."""
        where = self.definitions.slots.get("where")
        if self.only_introduces(signals) and not self.session.away:
            return True
        if slot.unsafe_when is not None and self.session.about == "other" and listen.clears(slot, signals):
            return True  # "không ai đánh nó" is no blow, and no yes either
        if slot.unsafe_when is not None and where is not None and whereabouts.is_a_landmark(where, signals):
            return True  # where it is, told before it was asked: "gần cầu Rạch Ngỗng"
        return self.session.alert in safety.OPEN and listen.begins_with_yes(slot, signals)

    def only_introduces(self, signals: Signals) -> bool:
        """Whether only who writes, or how old somebody is, is said: by itself it tells of nothing."""
        kin = self.definitions.slots.get("introduced")
        return kin is not None and not signals.hazards and listen.only_introduces(kin.plain, signals.text)

    def says_nothing_new(self, signals: Signals) -> bool:
        """Whether somebody only comes back, says who they are, or ends a quiet talk (a first word may be a goodbye)."""
        if signals.hazards:
            return False
        if self.session.away:
            return listen.says_only(self.definitions.signs.get("child_back", ()), signals.text)
        if self.only_introduces(signals):
            return True
        talked = self.session.greeted or any(name in self.session.slots for name in ("card", "lesson", "course"))
        quiet = talked and self.session.floor >= Urgency.U4 and not self.session.told
        known = self.definitions.signs
        return quiet and any(listen.says_only(known.get(name, ()), signals.text) for name in QUIET_WORDS)

    def nothing_told(self, together: Signals | None) -> bool:
        """Whether what came just before a goodbye or "more, please" was courtesy, or a card or lesson was shown."""
        if any(name in self.session.slots for name in ("card", "lesson")):
            return True
        before = together.text.split("\n")[:-1] if together is not None else []
        return all("polite" in listen.signs(self.definitions, line) for line in before)

    def answered_exactly(self, signals: Signals) -> str | None:
        """The press that the words are, where they are an answer of the awaited choice and nothing else."""
        asked = self.asking()
        slot = self.definitions.slots.get(asked.slot) if asked is not None else None
        if slot is None or slot.type != "choice" or signals.hazards:
            return None
        value = listen.exactly(slot, signals.text)
        return None if value is None else f"{PREFIX}set:{slot.name}:{value}"

    def heard_while_muted(self, signals: Signals, verdict: Verdict, before: Session, place: object) -> None:
        if self.session.slots.get("locality") not in (None, place) and self.session.alert in safety.OPEN:
            self.effects.append(safety.located(self.session))
        wished = self.first_route(self.definitions.routes, signals, verdict)
        if wished in ("exit", "erase"):
            self.go(wished)
            self.run()
        elif verdict.danger and (self.session.floor < before.floor or not self.officer_reads_along()):
            self.say("utter_danger_numbers")

    def officer_reads_along(self) -> bool:
        """Whether the officer who talks wrote a moment ago; to whoever waits for one the numbers are said again."""
        wrote = self.session.slots.get("officer_at")
        return isinstance(wrote, str) and self.now - datetime.fromisoformat(wrote) < READS_ALONG

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
        if kind is None or kind.unsafe_when is None or pressed_value(kind, value) != kind.unsafe_when:
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
            self.session = self.session.without_slots("conflict", "where", *ASKED_ONCE)
            self.session, effects = later.after_care(self.scene())
            self.effects += effects
        self.session = replace(self.session, alert=kind)
        if kind == "reopened":  # the officer who talked is not there any more: the bot is
            self.session = replace(self.session, muted=False).without_slots("officer_at")
        if self.session.away or self.session.slots.get("check_when") in UNWRITTEN:
            return  # whoever holds the phone would read that there is a case; or they asked not to be written to
        if not self.session.muted or kind in ABSENT:
            # what was asked before stays answerable: its choices come along
            self.say(f"utter_alert_{kind}", choices=self.session.choices if self.asking() is not None else None)

    def officer_said(self, text: str) -> None:
        self.session = self.session.with_slots(officer_at=self.now.isoformat())
        self.effects.append(Say("officer", text[:TEXT_LIMIT]))

    def officer_joined(self) -> None:
        if not self.session.muted:
            self.session = replace(self.session, muted=True, frames=(), awaiting="")
            self.session = self.session.with_slots(officer_at=self.now.isoformat())
            self.say("utter_officer_joined")

    def officer_left(self) -> None:
        if self.session.muted:
            self.session = replace(self.session, muted=False).without_slots("officer_at")
            self.say("utter_officer_left")

    def receipt(self, event: ReceiptChecked) -> None:
        status = "locked" if event.locked else event.status or "unknown"
        updates = "\n".join(event.updates[-UPDATES_SHOWN:])[-TEXT_SHOWN:]
        self.resumed("receipt", receipt_status=status, updates=updates or None)

    def resumed(self, awaited: str, **slots: str | None) -> None:
        if self.session.awaiting == awaited:
            self.session = replace(self.session, awaiting="").with_slots(**slots)
            self.run()
