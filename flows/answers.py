"""What a person's words and presses answer: the safety question, a report's questions, a menu, or a new wish."""

from __future__ import annotations

from dataclasses import replace

from flows import actions, listen, person, safety, whereabouts
from flows.asking import asks, says_it_asks
from flows.definition import Collect, SlotType
from flows.guard import Guard
from flows.safety import Verdict
from flows.state import TEXT_LIMIT, Frame
from flows.walk import HIDING
from nlu.signals import Signals

SKIP, FINISH = "SKIP", "FINISH"  # what a route of a report may lead to beside a flow
PREFIX = "#ct:"
LEAVING = ("receipt", "only_asked")  # another code, or only a question: what was begun is left
TOLD_WORDS = 3  # of a story that goes on where only a yes or a no was asked; what is shorter means no


class Answers(Guard):
    """A conversation that can be told something: danger first, then answers, then wishes."""

    def answered(self, signals: Signals, verdict: Verdict) -> None:
        """What is no danger, or only the readers' doubt of one, of which the numbers are told all the same."""
        if self.guarded():
            self.answer_to_guard(signals, verdict)
        else:
            self.wish(signals, verdict)
            self.run()
        if verdict.softly:
            self.name_numbers()

    def wish(self, signals: Signals, verdict: Verdict) -> None:
        """Set the frames to what the person wants; nothing is said yet, except that a check goes before all."""
        asked, top = self.asking(), self.session.top
        self.session = replace(self.session, awaiting="").without_slots("answered_first")
        called = self.session.alert in safety.OPEN and not self.session.away and not self.session.eased
        kind = self.definitions.slots.get(asked.slot) if asked is not None else None
        clear = kind is not None and kind.type == "bool" and listen.clearly(kind, signals) is not None
        beside = called and not verdict.check and not (clear and not signals.hazards)  # "an toàn rồi" is the answer
        aside = self.first_route(self.definitions.asides, signals, verdict) if beside else ""
        if aside:
            self.tell_aside(aside, signals, asked)
        elif asked is not None and top is not None and self.definitions.flows[top.flow].sticky:
            self.sticky(signals, verdict, asked)
        elif asked is not None:
            self.loose(signals, verdict, asked)
        else:
            self.start(self.first_route(self.definitions.routes, signals, verdict), signals)
        if verdict.softly and asked is None:
            self.leave_report(signals, verdict)
        if verdict.check and self.session.top is not None and self.session.top.flow in HIDING:
            # somebody comes in: nothing is asked on this screen, a human looks after it
            self.session, alarm = safety.unsafe(self.definitions, self.session, "check:unclear", self.now)
            self.effects.append(alarm)
        elif self.hidden_from_harm(signals) or (verdict.check and self.session.away and self.left_by_child()):
            self.session, alarm = safety.unsafe(self.definitions, self.session, "check:unclear", self.now)
            self.effects.append(alarm)
        elif verdict.check and not self.asks_about_safety():
            if self.may_answer_first(signals, verdict):
                self.session = self.session.with_slots(answered_first=True)
                self.run()
            self.push("check")

    def sticky(self, signals: Signals, verdict: Verdict, asked: Collect) -> None:
        """Inside a report: an answer, unless a command or a clear aside; asides come back to the question."""
        kind = self.definitions.slots[asked.slot]
        clear = listen.clearly(kind, signals) if kind.type == "bool" and not signals.hazards else None
        interrupt = "" if clear is not None else self.first_route(self.definitions.interrupts, signals, verdict)
        if interrupt == SKIP:
            self.skip()
        elif interrupt == FINISH:
            self.finish_report()
        elif interrupt in LEAVING:
            self.start(interrupt, signals)
        elif interrupt:
            self.tell_aside(interrupt, signals, asked)
        else:
            value = listen.answer(kind, signals)
            far = kind.type == "place" and whereabouts.elsewhere(self.definitions.directory, signals.text)
            if value is listen.UNREADABLE and far and not asks(signals.text):
                value = signals.text[:TEXT_LIMIT]
            more = value is listen.UNREADABLE or (value is True and says_it_asks(signals.text))
            if more and kind.type == "bool" and self.answers_and_more(kind, signals, verdict, said=value is True):
                return
            if value is listen.UNREADABLE and kind.type in ("bool", "place") and self.asked_instead(signals, verdict):
                return
            if value is listen.UNREADABLE:
                self.session = self.session.hearing(signals.text)
                self.told_early(kind, signals)
                if kind.type == "choice":  # no answer, but something else that they want to say
                    self.unwait(asked)
                    self.start(self.first_route(self.definitions.routes, signals, verdict), signals)
                    return
                if kind.type == "place" and self.heard_instead(signals):
                    return
                if kind.type == "place":
                    self.session = self.session.with_slots(unplaced=True)  # the question's own rejections decide
                value = None  # nothing is asked twice; the words are kept
            self.fill(value)

    def asked_instead(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether a question stands where an answer was awaited; it gets its own, or ends a report nobody wanted."""
        if self.only_asks_calmly(signals):
            self.start("only_asked", signals)
            return True
        if not self.asks_beside(signals):
            return False
        self.session = self.session.hearing(signals.text)
        self.answer_beside(signals, verdict)
        return True

    def heard_instead(self, signals: Signals) -> bool:
        """Whether a story that goes on, where the place was asked twice, is heard once; the place is then awaited.

        "Everything is noted, well done" would be no answer to "hông ai thương tui hết".
        """
        top, asking = self.session.top, self.session.slots.get("asking")
        told = len(signals.text.split()) >= TOLD_WORDS and self.session.alert in safety.OPEN
        if top is None or top.misses == 0 or not told or self.session.slots.get("heard_instead") == asking:
            return False
        self.session = self.session.with_slots(heard_instead=asking, quietly=True)
        self.go("listening", aside=True)
        return True

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

    def press_value(self, slot: str, value: str) -> None:
        kind = self.definitions.slots[slot]
        given = pressed_value(kind, value)
        asked = self.asking()
        if asked is not None and asked.slot == slot and self.allowed(kind.name, given):
            self.fill(given)
        elif given is not None and given == kind.unsafe_when:
            # an old button, but no old news: whoever presses "not safe" is heard
            self.session = replace(self.session, frames=()).with_slots(**{slot: given})
            self.go("unsafe")
        elif self.guarded():
            self.fill(None)
        elif kind.opens and (asked is None or kind.name == "check_when") and self.allowed(kind.name, given):
            chosen = self.session.without_slots("query").with_slots(**{slot: given})
            self.session = person.chosen(self.definitions.directory, chosen, str(given))
            self.go(kind.opens, aside=asked is not None)  # what was asked stands again: nobody gets no answer
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


def pressed_value(kind: SlotType, value: str) -> str | bool | None:
    """What the payload of a button says for a slot of this kind."""
    return {"yes": True, "no": False}.get(value) if kind.type == "bool" else value
