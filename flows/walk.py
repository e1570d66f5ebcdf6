"""A conversation walking its flows: frames, questions, waits and messages of one turn being worked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows import actions, person, safety, whereabouts
from flows.definition import END, Act, Call, Collect, Definitions, Flow, Link, Noop, SetSlots, Step
from flows.effects import CancelWait, Choice, Effect, HideChat, Say, StartWait
from flows.facts import facts
from flows.speech import Scene, few, one_list, say
from flows.state import WAKE, Frame, Session

STEP_LIMIT = 60  # steps of one turn
DEPTH = 6  # flows inside flows
HIDING = ("exit", "erase", "stranger", "not_told")  # flows that leave nothing on the screen
BEFORE_ALL = ("danger", "danger_again", "unsafe", *HIDING)  # flows to which no question comes back
REMINDED = 2  # times that a question was spoken of, after which it is awaited in silence beside other words


class Walk:
    """One turn being worked out: a session that changes, and the effects so far."""

    def __init__(self, definitions: Definitions, session: Session, now: datetime) -> None:
        self.definitions = definitions
        self.before = session  # as this turn found it
        self.session = session
        self.now = now
        self.effects: list[Effect] = []

    # Frames

    def go(self, flow: str, *, aside: bool = False) -> None:
        """Start a flow: as an aside, when something unfinished must be come back to."""
        known = self.definitions.flows.get(flow) or self.definitions.flows["fallback"]
        top = self.session.top
        around = self.definitions.flows.get(top.flow) if top else None  # a session may be older than its flow
        inside = around is not None and around.sticky
        if known.miss:
            self.session = replace(self.session, misses=self.session.misses + 1)
        if not (aside or inside) or flow in BEFORE_ALL:
            self.session = replace(self.session, frames=(), awaiting="")
        self.session = replace(
            self.session,
            frames=tuple(replace(frame, asked=False) for frame in self.session.frames if frame.flow != known.id),
        )
        self.introduce(known)
        self.push(known.id)

    def introduce(self, flow: Flow) -> None:
        if not self.session.greeted:
            if flow.intro and self.session.alert not in safety.OPEN:  # in the middle of danger nobody is greeted
                self.say("utter_intro")
            self.session = replace(self.session, greeted=flow.intro or flow.id == "greeting")

    def push(self, flow: str) -> None:
        frame = Frame(flow, self.definitions.flows[flow].first)
        self.session = replace(self.session, frames=(*self.session.frames, frame)[-DEPTH:])

    def asking(self) -> Collect | None:
        """The question whose answer is awaited."""
        top = self.session.top
        return self.collect_of(top) if top is not None and top.asked else None

    def collect_of(self, frame: Frame) -> Collect | None:
        flow = self.definitions.flows.get(frame.flow)
        found = flow.steps.get(frame.step) if flow else None
        return found if isinstance(found, Collect) else None

    def flow_at(self, flow: str) -> bool:
        return self.session.top is not None and self.session.top.flow == flow

    def fill(self, value: object) -> None:
        """The awaited question has its answer (None: skipped); the frame moves on."""
        asked = self.asking()
        if asked is None:
            return
        slot = self.definitions.slots[asked.slot]
        kept = value if isinstance(value, str | bool) else None
        if slot.type == "place" and isinstance(kept, str):
            kept = self.placed(kept)
        self.unwait(asked)
        if kept is not None:
            self.session = self.session.without_slots("unplaced")
        self.session = self.session.with_slots(**{asked.slot: kept})
        if asked.slot == "audience" and isinstance(kept, str):
            self.session = person.chosen(self.definitions.directory, self.session, kept)
        top = self.session.frames[-1]
        known = facts(self.definitions.directory, self.session, self.now)
        rejected = next((rule for rule in asked.rejections if rule.when.holds(known)), None)
        if rejected is not None and top.misses == 0:
            self.session = self.session.without_slots(asked.slot)
            self.say(rejected.utter, choices=actions.offers(self.scene(), slot.offers))
            self.top(replace(top, misses=1, asked=True, put=top.put + 1))
            self.session = replace(self.session, questions=self.session.questions + 1)
        else:
            found = ("placing",) if slot.type == "place" and kept is not None else ()
            self.session = self.session.without_slots("place_candidates", "unplaced", *found)
            self.top(replace(top, asked=False))

    def placed(self, said: str) -> str:
        """A unit code that was chosen becomes the locality, and its name the answer."""
        if said in self.definitions.places:
            self.session = self.session.with_slots(locality=said).without_slots("place_candidates")
            return self.definitions.places[said]
        known = self.session.slots.get("locality") or self.session.slots.get("place_candidates")
        if not known and whereabouts.elsewhere(self.definitions.directory, said):
            self.session = self.session.with_slots(elsewhere=True)
        return said

    def skip(self) -> None:
        # said at an earlier question, perhaps; and "which of these?" can be passed over too
        self.session = self.session.without_slots("unplaced", "place_candidates")
        self.fill(None)

    def top(self, frame: Frame) -> None:
        self.session = replace(self.session, frames=(*self.session.frames[:-1], frame))

    # Running

    def run(self) -> None:
        """Walk until a question, an answer of the shell that is awaited, or the end."""
        for _ in range(STEP_LIMIT):
            top = self.session.top
            if top is None or top.asked or self.session.awaiting:
                return
            flow = self.definitions.flows.get(top.flow)
            at = flow.steps.get(top.step) if flow else None
            if flow is None or at is None:
                self.session = replace(self.session, frames=self.session.frames[:-1])
            else:
                self.one(flow, top, at)
        self.session = replace(self.session, frames=())  # a loop in the definitions; nobody is kept in it
        self.say("utter_fallback")

    def one(self, flow: Flow, top: Frame, at: Step) -> None:
        match at:
            case Act():
                self.act(at.action)
                if self.session.top == top:  # an action may leave everything
                    self.advance(at)
            case Collect():
                self.ask(flow, top, at)
            case Link():
                self.session = replace(self.session, frames=self.session.frames[:-1])
                self.push(at.flow)
            case Call():
                self.advance(at)
                self.push(at.flow)
            case SetSlots():
                for slot, value in at.values:
                    without = self.session.without_slots(slot)
                    self.session = without if value is None else without.with_slots(**{slot: value})
                self.advance(at)
            case Noop():
                self.advance(at)
            case _:
                raise TypeError(at)  # the reader makes no other step

    def advance(self, at: Step) -> None:
        """Move the top frame to the first branch of `at` that holds; at the end of its flow it is gone."""
        known = facts(self.definitions.directory, self.session, self.now)
        target = next((branch.target for branch in at.next if branch.when is None or branch.when.holds(known)), END)
        if target == END:
            self.session = replace(self.session, frames=self.session.frames[:-1])
        else:
            self.top(Frame(self.session.frames[-1].flow, target))

    def act(self, name: str) -> None:
        if name.startswith("utter_"):
            self.say(name)
            return
        outcome = actions.ACTIONS[name](self.scene())
        self.session = replace(outcome.session, awaiting=outcome.awaiting)
        self.effects += outcome.effects

    def ask(self, flow: Flow, top: Frame, at: Collect) -> None:
        slot = self.definitions.slots[at.slot]
        known = at.slot in self.session.slots
        if known and not (at.ask_before_filling and not top.misses):
            self.advance(at)
            return
        if flow.id == "report" and self.session.questions >= flow.questions:
            self.session = self.session.with_slots(**{at.slot: None})
            self.advance(at)
            return
        put = max(top.put, self.times_placed()) if slot.type == "place" else top.put
        asking = f"{flow.id}.{at.id}"
        quietly = self.session.slots.get("quietly") is True and self.session.slots.get("asking") == asking
        said = any(isinstance(effect, Say) for effect in self.effects)
        self.session = self.session.with_slots(asking=asking).without_slots("quietly")
        self.top(replace(top, asked=True, put=put + 1))
        if slot.type == "place":
            self.session = self.session.with_slots(placing=str(put + 1))
        if not put:
            self.session = replace(self.session, questions=self.session.questions + 1)
        if not (quietly or (put >= REMINDED and said)):
            offered = actions.offers(self.scene(), slot.offers) or None
            question = say(self.scene(), at.utter, choices=offered)
            key = self.again(at) if put else ""
            choices = question.choices if key == at.again else offered
            self.effects.append(say(self.scene(), key, choices=choices) if key else question)
        if at.silence:
            wait = wait_id_of(flow.id, at)
            self.effects.append(StartWait(wait, timedelta(minutes=at.silence)))
            self.session = replace(self.session, waits=(*(w for w in self.session.waits if w != wait), wait))

    def again(self, at: Collect) -> str:
        """How a question is spoken of once more: by what keeps it open ("which of these?"), else as a reminder."""
        known = facts(self.definitions.directory, self.session, self.now)
        open_still = (rule.utter for rule in at.rejections if rule.when.holds(known))
        return next(open_still, at.again)

    def times_placed(self) -> int:
        """How often where it is was spoken of, whichever flow did, since it was last answered."""
        return int(str(self.session.slots.get("placing") or 0))

    def unwait(self, asked: Collect) -> None:
        wait = wait_id_of(self.session.frames[-1].flow, asked)
        if wait in self.session.waits:
            self.session = replace(self.session, waits=tuple(other for other in self.session.waits if other != wait))
            self.effects.append(CancelWait(wait))

    # Saying

    def scene(self) -> Scene:
        return Scene(self.definitions, self.session, self.now)

    def say(self, key: str, *, choices: tuple[Choice, ...] | None = None) -> None:
        self.effects.append(say(self.scene(), key, choices=choices or None))

    def finished(self) -> tuple[Session, tuple[Effect, ...]]:
        """The session and the effects of the turn: few messages, and the waits of questions that are gone forgotten."""
        self.forget_waits()
        says = one_list(few(self.question_last([effect for effect in self.effects if isinstance(effect, Say)])))
        others = [effect for effect in self.effects if not isinstance(effect, Say | HideChat)]
        hides = [effect for effect in self.effects if isinstance(effect, HideChat)]
        if says:
            self.session = replace(self.session, choices=says[-1].choices)
        # alerts are demanded before anything is said, and the screen is cleared before the neutral words
        return self.session, (*others, *hides, *says)

    def question_last(self, says: list[Say]) -> list[Say]:
        """The messages with the question that is awaited at the end: a number that is typed chooses from the last."""
        asked = self.asking()
        keys = {asked.utter, asked.again, *(rule.utter for rule in asked.rejections)} if asked else set()
        return [*(say for say in says if say.key not in keys), *(say for say in says if say.key in keys)]

    def forget_waits(self) -> None:
        standing = {wait for wait in self.session.waits if wait.startswith(WAKE)}
        standing |= {
            wait_id_of(f.flow, asked) for f in self.session.frames if (asked := self.collect_of(f)) is not None
        }
        for wait in self.session.waits:
            if wait not in standing:
                self.effects.append(CancelWait(wait))
        self.session = replace(self.session, waits=tuple(wait for wait in self.session.waits if wait in standing))


def wait_id_of(flow: str, asked: Collect) -> str:
    """The name under which the silence after a question is waited for."""
    return f"silence:{flow}.{asked.id}"
