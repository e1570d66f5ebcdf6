"""Danger, and the question whether somebody is safe: before every other answer and wish."""

from __future__ import annotations

from dataclasses import replace

from flows import listen, replies, safety, whereabouts
from flows.asking import asks, asks_within, says_it_asks
from flows.choosing import Choosing, matter_of
from flows.definition import SlotType
from flows.effects import AddToReport, HideChat, Say
from flows.facts import SIGN_SURE
from flows.phrases import spelled
from flows.safety import Verdict
from flows.speech import say
from flows.state import TEXT_LIMIT
from flows.walk import HIDING
from nlu.signals import Signals, Urgency

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
HARM = ("violence", "sexual", "assault", "tonight", "hiding", "afraid_home")  # done by somebody who may come in
TELLINGS = 2  # times that a story of another may go on at the safety question
BESIDE = 3  # questions of theirs that are answered at one of ours
ALARMED = 0.1  # of the readers, from which even a question is no calm one
TOLD_WORDS = 3  # of a story that goes on where only a yes or a no was asked; what is shorter means no
NEWS_WORDS = 14  # of good news; what is longer may tell more


class Guard(Choosing):
    """A conversation that hears danger, and what is said where the safety question stands."""

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
        self.name_numbers()

    def name_numbers(self) -> None:
        """Whatever else is asked about, whom to call stands in the turn, unless the screen was put away."""
        named = self.definitions.directory.rules.names_child_line
        hidden = any(isinstance(effect, HideChat) for effect in self.effects)
        if not hidden and not any(isinstance(effect, Say) and named(effect.key) for effect in self.effects):
            self.effects.insert(0, say(self.scene(), self.numbers()))

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
        more = value is listen.UNREADABLE or (value is True and asks_within(signals.text))
        said = value is True and not signals.hazards
        if more and slot and asked_plainly and self.answers_and_more(slot, signals, verdict, said=said):
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

    def answers_and_more(self, kind: SlotType, signals: Signals, verdict: Verdict, *, said: bool = False) -> bool:
        """Whether they are safe (`said`: a yes was read) and ask something else beside it, which is answered first."""
        if not said and not listen.says_yes_within(kind, signals):
            return False
        wished = self.first_route(self.definitions.routes, signals, verdict)
        told = next(
            (said for said in (signals.text, *self.session.told[:1]) if self.has_card(said, verdict, sure=True)), ""
        )
        in_words = says_it_asks(signals.text)
        if wished not in BESIDE_A_YES and (in_words or (told and asks_within(signals.text))):
            wished = "advice"
        self.session = self.session.hearing(signals.text)
        self.fill(True)
        if wished in BESIDE_A_YES:
            matter = verdict.fresh.category if told else matter_of(signals, signals.category)
            self.session = self.session.with_slots(query=(told or signals.text)[:TEXT_LIMIT], query_category=matter)
            if in_words or (wished == "advice" and not told):  # whoever only asks, reports nothing
                self.session = replace(self.session, frames=())
            self.push(wished)
        return True

    def only_asks_calmly(self, signals: Signals) -> bool:
        """Whether a report that nobody wanted is met by "em hỏi …"."""
        calm = self.session.floor > Urgency.U1 and self.session.alert not in safety.OPEN and not signals.hazards
        return calm and self.flow_at("report") and says_it_asks(signals.text)

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

    def tells_plainly(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether the safety question meets more of a quiet story and no word of fear or "no": of another's twice.

        "nó 11 tuổi" is neither a yes nor a danger: an answer is awaited, and after the next such one a human called.
        """
        words, top = spelled(signals.text).split(), self.session.top
        plain = not signals.hazards and not verdict.danger and signals.command is None and len(words) >= TOLD_WORDS
        of_another = self.session.about == "other"
        quiet = of_another or (signals.alarm < ALARMED and not verdict.check)  # of a child's own story but the quietest
        patient = top is not None and top.put <= (TELLINGS if of_another else 1)
        unharmed = of_another and signals.alarm < ALARMED and "unharmed" in self.signs_of(signals)
        return patient and plain and quiet and (unharmed or listen.denies_nothing(signals.text))

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

    def may_answer_first(self, signals: Signals, verdict: Verdict) -> bool:
        """Whether what they asked is answered before the safety question, which then stands last in the same turn.

        Only where no sign but the readers' doubt asks for it, and what answers asks nothing itself.
        """
        top = self.session.top
        uncertain = verdict.softly or self.session.danger in UNCERTAIN
        grave = verdict.fresh.category in GRAVE and signals.category_score >= SIGN_SURE  # else it is but guessed
        calm = not signals.hazards and not grave and uncertain
        if (
            not calm
            or self.session.away
            or top is None
            or len(self.session.frames) != 1
            or top.flow not in ANSWERED_FIRST
        ):
            return False
        return top.flow != "advice" or self.has_card(
            signals.text, verdict, matter_of(signals, signals.category), sure=True
        )

    def leave_report(self, signals: Signals, verdict: Verdict) -> None:
        """Nobody is led through a report for a mere doubt: an officer has it already; a neighbour wants to report."""
        reports = signals.intent == "report_other" and self.session.role in ("neighbour", "teacher", "other")
        if verdict.check and self.flow_at("report") and not reports:
            self.session = replace(self.session, frames=())

    def left_by_child(self) -> bool:
        """Whether a child put its own story away: nothing is asked of whoever writes now, a human looks after it."""
        return self.session.slots.get("left_by") == "child" and "paused" not in self.session.slots

    def hidden_from_harm(self, signals: Signals) -> bool:
        """Whether the chat was hidden because whoever does the harm is there again: a human must know at once."""
        top = self.session.top
        hiding = top is not None and top.flow in HIDING
        harm = self.session.danger in HARM and self.session.alert in safety.OPEN
        return hiding and harm and "he_is_back" in listen.signs(self.definitions, signals.text, signals.spelled)

    def asks_about_safety(self) -> bool:
        """Whether what was just begun asks about safety itself, in words that fit better."""
        top = self.session.top
        return top is not None and self.definitions.flows[top.flow].safety
