"""What a person's words and presses answer: the safety question, a report's questions, a menu, or a new wish."""

from __future__ import annotations

from dataclasses import replace

from flows import actions, listen, person, replies, safety, whereabouts
from flows.asking import asks, asks_within, without_lead
from flows.definition import Collect, Route, SlotType
from flows.effects import AddToReport, HideChat, Say
from flows.facts import Message, facts
from flows.guidance import find
from flows.misread import SAID, puts_right, says_again
from flows.phrases import spelled
from flows.safety import Verdict
from flows.speech import say
from flows.state import TEXT_LIMIT, Frame
from flows.walk import Walk
from nlu.signals import Signals

SKIP, FINISH, REPLY = "SKIP", "FINISH", "REPLY"  # what a route may lead to beside a flow
HIDING = ("exit", "erase", "stranger", "not_told")  # flows that leave nothing on the screen
PREFIX = "#ct:"
# what may be told beside the safety question, which stands again after it
ANSWERED_BESIDE = (
    "answered", "privacy", "machine", "duty", "punished", "family_punished", "will_be_caught", "who_comes", "advice",
    "free_call", "not_bad", "keep_pictures", "keep_proof", "pictures_down", "child_taken", "hand_over_child",
    "misheard", "human_instead",
)  # fmt: skip
BESIDE_A_YES = (*ANSWERED_BESIDE, "support")  # what is answered beside "an toàn"
UNCERTAIN = ("", "other", "violence", "school")  # kinds of danger whose safety question says nothing to do first
ANSWERED_FIRST = ("answered", "advice", "support")  # what may be said before the safety question of a mere doubt
GRAVE = ("C03", "C11")  # matters of which no card comes before the safety question
LEAVING = ("receipt", "only_asked")  # another code, or only a question: what was begun is left
SILENT = ("here", "place_simply")  # asides after which what was asked is awaited in silence: who reads? what helps?
HARM = ("violence", "sexual", "assault", "tonight", "hiding", "afraid_home")  # done by somebody who may come in
TELLINGS = 2  # times that a story of another may go on at the safety question
BESIDE = 3  # questions of theirs that are answered at one of ours
ALARMED = 0.1  # of the readers, from which even a question is no calm one
ASKED = "C90"
TOLD_WORDS = 3  # of a story that goes on where only a yes or a no was asked; what is shorter means no
NEWS_WORDS = 14  # of good news; what is longer may tell more


class Answers(Walk):
    """A conversation that can be told something: danger first, then answers, then wishes."""

    # Danger, and the question whether somebody is safe

    def danger(self, signals: Signals, verdict: Verdict) -> None:
        """At once from anywhere: what to do now, whom to call, at most one question."""
        asked = self.asking()
        slot = self.definitions.slots.get(asked.slot) if asked else None
        if asked is not None and asked.slot == "addition":
            self.effects.append(AddToReport(signals.text[:TEXT_LIMIT], self.session.past_officers))
        value = listen.answer(slot, signals) if slot is not None else listen.UNREADABLE
        if verdict.same and (aside := self.first_route(self.definitions.asides, signals, verdict)):
            self.tell_aside(aside, signals, asked)
        elif slot is not None and verdict.same and value is listen.UNREADABLE and self.asks_beside(signals):
            self.answer_beside(signals, verdict)
        elif slot is not None and self.answers_beside(slot, value, signals, verdict):
            unclear = value is listen.UNREADABLE and slot.type == "bool"  # without a sign it is no "not safe"
            self.fill((False if signals.hazards else None) if unclear else value)
        else:
            self.session = replace(self.session, frames=(), awaiting="")
            self.go("danger_again" if verdict.renewed else "danger")
        self.run()
        named = self.definitions.directory.rules.names_child_line
        hidden = any(isinstance(effect, HideChat) for effect in self.effects)
        if not hidden and not any(isinstance(effect, Say) and named(effect.key) for effect in self.effects):
            self.effects.insert(0, say(self.scene(), self.numbers()))  # whatever else is asked about

    def numbers(self) -> str:
        """Whom to call, beside something else: first with what to do in this danger, then the numbers alone."""
        if self.session.slots.get("told_again") or self.session.alert not in safety.OPEN:
            return "utter_danger_numbers"
        self.session = self.session.with_slots(told_again=True)
        return "utter_danger_again"

    def answers_beside(self, slot: SlotType, value: object, signals: Signals, verdict: Verdict) -> bool:
        """Whether words that tell the same danger again answer what was just asked about it."""
        if not (self.flow_at("danger") or self.flow_at("danger_place")):
            return False
        if slot.type == "place":  # without one it is still not known, and may be asked once more
            placed = any(entity.kind == "place" for entity in signals.entities)
            # "nhà em ở Bình Thủy, em cầm dao lam rồi": the place is kept, what stands beside it is answered
            return verdict.renewed and placed and not whereabouts.tells_beside(slot, signals)
        if value is listen.UNREADABLE:
            return verdict.renewed and slot.type != "choice"
        return verdict.renewed or (verdict.same and slot.type == "bool")  # "con đang ở ngoài sân", however grave

    def guarded(self) -> bool:
        """Whether the answer that is awaited is one of a safety question."""
        top = self.session.top
        return bool(
            top and top.asked and top.flow in self.definitions.flows and self.definitions.flows[top.flow].safety
        )

    def answer_to_guard(self, signals: Signals, verdict: Verdict) -> None:
        asked = self.asking()
        slot = self.definitions.slots[asked.slot] if asked else None
        heard = listen.answer(slot, signals) if slot else listen.UNREADABLE
        value = None if verdict.check else heard  # in doubt: no clear answer
        wished = self.first_route(self.definitions.routes, signals, verdict)
        if value is not True:
            self.session = self.session.hearing(signals.text)
        asked_plainly = asked is not None and asked.slot == "is_safe"  # not the neutral word that was agreed
        if value is listen.UNREADABLE and slot and asked_plainly and self.answers_and_more(slot, signals, verdict):
            self.run()
            return
        calmly = wished not in HIDING and self.asks_calmly(signals, verdict)
        if value is listen.UNREADABLE and asked_plainly and calmly:
            self.session = replace(self.session, frames=self.session.frames[-1:])  # whoever only asks, reports nothing
            self.answer_beside(signals, verdict)
            self.run()
            return
        if heard is listen.UNREADABLE and asked_plainly and self.tells_plainly(signals, verdict):
            self.session = self.session.with_slots(quietly=True)  # it was asked; the silence is waited for as before
            self.go("heard_beside", aside=True)
            self.run()
            return
        if value is listen.UNREADABLE and asked_plainly and self.only_thanks(signals, verdict):
            self.go("thanks", aside=True)
            self.run()
            return
        if value is listen.UNREADABLE and asked_plainly and self.tells_good_news(signals):
            self.leave_guard(aloud=False)  # the police are there: a human looks all the same
            self.go("good_news")
            self.run()
            return
        if value is not True and (wished in HIDING or asked is None):  # a session may be older than its flow
            self.leave_guard(aloud=wished not in HIDING)
            self.go(wished)
        else:
            self.fill(value if isinstance(value, bool) else None)
        self.run()

    def answers_and_more(self, kind: SlotType, signals: Signals, verdict: Verdict) -> bool:
        """Whether they are safe and say or ask something else beside it, which is then answered first."""
        if not listen.says_yes_within(kind, signals):
            return False
        wished = self.first_route(self.definitions.routes, signals, verdict)
        told = next((said for said in (signals.text, *self.session.told[:1]) if self.has_card(said, verdict)), "")
        if wished not in BESIDE_A_YES and asks_within(signals.text) and told:
            wished = "advice"
        self.session = self.session.hearing(signals.text)
        self.fill(True)
        if wished in BESIDE_A_YES:
            matter = verdict.fresh.category if told else matter_of(signals, signals.category)
            self.session = self.session.with_slots(query=(told or signals.text)[:TEXT_LIMIT], query_category=matter)
            self.push(wished)
        return True

    def asks_calmly(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether a first question comes where the safety question stands, with no sign of danger in it."""
        plain = not verdict.danger and not verdict.check and signals.alarm < ALARMED and not signals.hazards
        # "mất trinh hong" has not the form of a question
        known = bool(signals.asked) and signals.asked[0][1] >= replies.SURE
        signs = self.signs_of(signals)
        known = known or "only_asks" in signs or asks_within(signals.text) or self.was_misread(signals, signs)
        return plain and known and self.is_patient()

    def only_thanks(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether a few words of thanks stand where the safety question does: no answer, and no danger either."""
        calm = not verdict.danger and not verdict.check and not signals.hazards
        said = listen.says_only(self.definitions.signs.get("thanks", ()), signals.text)
        return calm and said and self.is_patient()

    def signs_of(self, signals: Signals) -> tuple[str, ...]:
        return listen.signs(self.definitions, signals.text, signals.spelled)

    def tells_plainly(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether the safety question meets more of a quiet story and no word of fear or "no": of another's twice.

        "nó 11 tuổi" is neither a yes nor a danger: an answer is awaited, and after the next such one a human called.
        """
        words, top = spelled(signals.text).split(), self.session.top
        plain = not signals.hazards and not verdict.danger and signals.command is None and len(words) >= TOLD_WORDS
        of_another = self.session.about == "other"
        quiet = of_another or (signals.alarm < ALARMED and not verdict.check)  # of a child's own story but the quietest
        patient = top is not None and top.put <= (TELLINGS if of_another else 1)
        return patient and plain and quiet and listen.denies_nothing(signals.text)

    def tells_good_news(self, signals: Signals) -> bool:
        """Whether somebody came or was found, in a few plain words and with no "but"."""
        told = listen.signs(self.definitions, signals.text, signals.spelled)
        short = len(signals.text.split()) <= NEWS_WORDS
        plain = short and not signals.hazards and not asks(signals.text)
        return plain and "good_news" in told and "but_still" not in told

    def asks_beside(self, signals: Signals) -> bool:
        """Whether something is asked instead of an answer, not for long at this question."""
        return self.is_patient() and not signals.hazards and asks_within(signals.text)

    def is_patient(self) -> bool:
        """Whether what is asked instead of an answer may still be answered; in the end silence or a human decides."""
        top = self.session.top
        return top is not None and top.put <= BESIDE

    def answer_beside(self, signals: Signals, verdict: Verdict) -> None:
        """A question is no answer: it gets one of its own, and what was asked is asked once more."""
        wished = self.first_route(self.definitions.routes, signals, verdict)
        self.session = self.session.with_slots(query=signals.text[:TEXT_LIMIT])
        self.go(wished if wished in ANSWERED_BESIDE else "unknown_answer", aside=True)

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
        self.session = replace(self.session, awaiting="").without_slots("answered_first")
        called = self.session.alert in safety.OPEN and not self.session.away
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

    def may_answer_first(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether what they asked is answered before the safety question, which then stands last in the same turn.

        Only where no sign but the readers' doubt asks for it, and what answers asks nothing itself.
        """
        top = self.session.top
        calm = not signals.hazards and verdict.fresh.category not in GRAVE and self.session.danger in UNCERTAIN
        if (
            not calm
            or self.session.away
            or top is None
            or len(self.session.frames) != 1
            or top.flow not in ANSWERED_FIRST
        ):
            return False
        return top.flow != "advice" or self.has_card(signals.text, verdict, matter_of(signals, signals.category))

    def left_by_child(self) -> bool:
        """Whether a child put its own story away: nothing is asked of whoever writes now, a human looks after it."""
        return self.session.slots.get("left_by") == "child" and "paused" not in self.session.slots

    def hidden_from_harm(self, signals: Signals) -> bool:
        """Whether the chat was hidden because whoever does the harm is there again: a human must know at once."""
        top = self.session.top
        hiding = top is not None and top.flow in HIDING
        harm = self.session.danger in HARM and self.session.alert in safety.OPEN
        return hiding and harm and "he_is_back" in listen.signs(self.definitions, signals.text, signals.spelled)

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
        elif kind.type != "place" and signals.hazards == ():
            self.told_early(kind, first)
        if flow in SILENT:
            self.session = self.session.with_slots(quietly=True)

    def asks_about_safety(self) -> bool:
        """Whether what was just begun asks about safety itself, in words that fit better."""
        top = self.session.top
        return top is not None and self.definitions.flows[top.flow].safety

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
            if value is listen.UNREADABLE and kind.type == "bool" and self.answers_and_more(kind, signals, verdict):
                return
            if value is listen.UNREADABLE and kind.type in ("bool", "place") and self.asks_beside(signals):
                self.session = self.session.hearing(signals.text)
                self.answer_beside(signals, verdict)
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

    def told_early(self, kind: SlotType, signals: Signals) -> None:
        """Where it is, told where something else was asked, needs not be asked any more: "ấp 3 gần chợ"."""
        where = self.definitions.slots.get("where")
        if where is None or where is kind or "where" in self.session.slots:
            return
        if whereabouts.begins_with_a_place(where, signals) and listen.answer(where, signals) is not listen.UNREADABLE:
            self.session = self.session.with_slots(where=self.placed(signals.text[:TEXT_LIMIT].strip()))

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
        told = self.session.told
        asked = told[0] if flow == "only_asked" and told else signals.text  # what it was all about
        self.session = replace(self.session, frames=()).with_slots(
            query=asked[:TEXT_LIMIT], query_category=matter_of(signals, signals.category)
        )
        flow = flow if flow in self.definitions.flows else "fallback"
        if not self.definitions.flows[flow].miss:
            self.session = replace(self.session, misses=0)
        self.go(flow)

    def has_card(self, text: str, verdict: Verdict, matter: str | None = None) -> bool:
        library = self.definitions.library.spoken(self.session.language)
        return bool(
            find(library, without_lead(text), category=verdict.fresh.category if matter is None else matter, limit=1)
        )

    def first_route(self, table: tuple[Route, ...], signals: Signals, verdict: Verdict) -> str:
        card = self.has_card(signals.text, verdict, matter_of(signals, verdict.fresh.category))
        signs = listen.signs(self.definitions, signals.text, signals.spelled)
        before = facts(self.definitions.directory, self.session, self.now)
        reply = replies.find(self.definitions.replies, signals.asked, before, asking=asks(signals.text))
        sure = reply is not None and dict(signals.asked)[reply.id] >= replies.SURE
        misread = self.was_misread(signals, signs)
        doubtful = verdict.check and not signals.hazards
        message = Message(signals, verdict.fresh, card, reply.id if reply else "", sure, signs, misread, doubtful)
        known = facts(self.definitions.directory, self.session, self.now, message)
        then = next((route.then for route in table if route.when is None or route.when.holds(known)), "")
        if then != REPLY or reply is None:
            return then
        self.session = self.session.with_slots(reply=reply.id)
        return reply.then

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


def matter_of(signals: Signals, category: str) -> str:
    """What a question is about: nothing, where no wish was read and the category only says that something is asked."""
    return "" if signals.intent == "unclear" and category == ASKED else category
