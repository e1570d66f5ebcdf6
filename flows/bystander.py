"""Who else may be reading: what is answered, or kept from a screen, though the readers hear danger in the words."""

from __future__ import annotations

from dataclasses import replace

from flows import listen, safety
from flows.answers import Answers
from flows.asking import asks
from flows.safety import Verdict
from flows.state import Session
from nlu.signals import Signals, Urgency

COMING_IN = ("someone_comes", "comes_in_short")  # signs that whoever must not read is there
OF_THE_CHILD = ("of_me", "child_speaks", "young")  # signs that the child itself is writing
DENYING = ("denies", "accuses_back", "childs_phone")  # signs that whoever was told of may be writing
GROWN = ("parent_of_writer", "says_who", "stranger", "denies", "accuses_back")  # signs that a grown-up holds the phone
THREATS = ("own_threat", "threatens_many")  # concepts of what somebody says that they will do themselves


class Bystander(Answers):
    """A conversation on a screen that somebody else may take."""

    def wants_erased(self, signals: Signals, before: Session) -> str:
        """The flow that clears the screen, whatever else is heard in "chồng em về tới rồi, xóa hết giùm em"."""
        said = listen.signs(self.definitions, signals.text, signals.spelled)
        wished = "erase_now" in said and "erases_else" not in said
        return "erase" if wished and before.told and not signals.hazards else ""

    def somebody_reads(self, signals: Signals, verdict: Verdict, before: Session) -> str:
        """The flow that hides, where the readers hear danger but the words are of, or about, whoever takes the phone.

        Only where 111 was said before, and where nothing else is told: "má con vô kìa", not "ổng vô đánh em". Whoever
        was told of denies it in words of danger: "tui có đánh nó đâu". After a child put the chat away, who tells of a
        child is somebody else. A human is called all the same; only the screen shows nothing of it.
        """
        if signals.command is not None:
            return ""
        said = listen.signs(self.definitions, signals.text, signals.spelled)
        put_away = before.away and before.slots.get("left_by") == "child" and "paused" not in before.slots
        threatens = any(hazard.concept in THREATS for hazard in signals.hazards)
        if put_away and "young" not in said and (threatens or any(name in said for name in GROWN)):
            return "stranger"  # whatever the words say of the child
        denies = "child_speaks" not in said and any(name in said for name in DENYING)
        if any(hazard.level <= Urgency.U1 for hazard in signals.hazards) and not denies:
            return ""
        wished = self.first_route(self.definitions.interrupts, signals, verdict)
        if before.alert not in safety.OPEN:
            return wished if denies and wished == "not_told" else ""
        comes_in = any(listen.says_only(self.definitions.signs.get(name, ()), signals.text) for name in COMING_IN)
        if wished in ("stranger", "not_told") or (wished == "exit" and (comes_in or "phone_held" in said)):
            return wished
        others = signals.intent == "report_other" and not any(name in said for name in OF_THE_CHILD)
        return "stranger" if put_away and others else ""

    def asked_in_the_midst(self, signals: Signals, verdict: Verdict, before: Session) -> str:
        """The flow that answers what is asked while help is under way, though the readers hear danger in the question.

        "tối nay em ngủ ở đâu": without a sign of the lexicon, and no graver than what was told, it is of the same
        trouble, which stays what it was. The alarm is sent all the same.
        """
        if before.alert not in safety.OPEN or before.away:
            return ""
        # "đừng nói ba con, ba biết là đánh con nữa" is a wish to be kept quiet, however grave what it names
        said = self.signs_of(signals)
        feared = "fears_to_be_known" in said and "told_to_hide" not in said
        helps = "break_door" in said and asks(signals.text)  # "có nên phá cửa vô không" breaks into nothing
        if not (feared or helps) and (signals.hazards or verdict.fresh.level < before.floor):
            return ""
        judged = self.session
        self.session = replace(judged, danger=before.danger)
        wished = self.first_route(self.definitions.asides, signals, verdict)
        if not wished:
            self.session = judged
        return wished
