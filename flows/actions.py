"""What a flow may do besides speaking and asking: each action is a function of the scene, by the name flows use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from escalation.triage import Reason
from flows import cards, later, listen, safety
from flows.definition import Definitions
from flows.effects import (
    AddToReport,
    Choice,
    Effect,
    HideChat,
    LookupReceipt,
    RaiseAlert,
    RequestHandoff,
    SaveReport,
)
from flows.facts import audience
from flows.outcome import Action, Outcome
from flows.speech import Scene, say
from flows.state import Session, listed, locality
from nlu.signals import Span, Urgency

SEPARATOR = "\n"
AGREED_WORDS = 3  # a longer sentence that holds the agreed word may be anybody's
HEARD = ("heard_age", "age_told", "heard_time", "heard_when")  # what was told before anybody asked


def save_report(scene: Scene) -> Outcome:
    """Store what was told, and make sure that a human reads it within the U2 deadline."""
    session = scene.session.raised(Urgency.U2)
    alert = session.alert if session.alert in safety.OPEN else "open"
    session = replace(session, alert=alert)
    report = _report(replace(scene, session=session), submitted=True)
    return Outcome(session, (_demand(session), report), awaiting="saved")


def keep_draft(scene: Scene) -> Outcome:
    """Keep what was told so far for the officer, when it carries danger, though nobody pressed send."""
    session = scene.session
    if session.floor > Urgency.U2 or not session.told:
        return Outcome(session)
    effects: tuple[Effect, ...] = (_report(replace(scene, session=session), submitted=False),)
    if session.alert not in safety.OPEN:
        session = replace(session, alert="open")
        effects = (_demand(session), *effects)
    return Outcome(session, effects)


def clear_report(scene: Scene) -> Outcome:
    """Forget the answers of the report that was sent, so that a next one starts empty."""
    answers = [slot.name for slot in scene.definitions.slots.values() if slot.report]
    session = scene.session.without_slots(*answers, "locality", "place_candidates", *HEARD)
    return Outcome(replace(session, told=(), questions=0))


def begin_report(scene: Scene) -> Outcome:
    """Count the questions of a new report from nought; what goes on with a danger, or is taken up again, goes on."""
    called = scene.session.alert in safety.OPEN and scene.session.slots.get("sent") is not True
    resumed = scene.session.slots.get("resumed") is True or called
    return Outcome(scene.session if resumed else replace(scene.session, questions=0))


def about_other(scene: Scene) -> Outcome:
    """The report is about another child than the one who writes."""
    session = scene.session
    role = "other" if session.role in ("unknown", "self") else session.role
    return Outcome(replace(session, about="other", role=role))


def leave(scene: Scene) -> Outcome:
    """Leave everything that is unfinished."""
    return Outcome(replace(scene.session, frames=()))


def leave_others(scene: Scene) -> Outcome:
    """Leave everything that is unfinished but this flow."""
    return Outcome(replace(scene.session, frames=scene.session.frames[-1:]))


def put_away(scene: Scene) -> Outcome:
    """Speak from now on as to a stranger: whoever reads next may be somebody else. What was told and known is kept."""
    return Outcome(replace(scene.session, away=True).with_slots(paused=True))


def take_up(scene: Scene) -> Outcome:
    """Go on where the report was left; whether they are safe is asked anew, nothing else.

    Where the chat was put away it takes the agreed word after a pause; after `thoát` or `xóa` no word is enough.
    """
    if scene.session.away and not _said_the_agreed_word(scene):
        return Outcome(scene.session)
    session = replace(scene.session, away=False).without_slots("paused")
    return Outcome(session.with_slots(resumed=True).without_slots("safe_now") if session.told else session)


def _said_the_agreed_word(scene: Scene) -> bool:
    said = scene.session.slots.get("query")
    return (
        scene.session.slots.get("paused") is True
        and isinstance(said, str)
        and len(said.split()) <= AGREED_WORDS
        and "agreed_word" in listen.signs(scene.definitions, said)
    )


def keep_words(scene: Scene) -> Outcome:
    """Keep the last message with what was told."""
    said = scene.session.slots.get("query")
    return Outcome(scene.session.hearing(said) if isinstance(said, str) else scene.session)


def raise_unsafe(scene: Scene) -> Outcome:
    """Nobody said clearly that they are safe: a human is called (U1), and whatever was going on is left.

    Whoever has just told of a danger and is not safe from it is in it now (U0): everybody is rung again.
    """
    said = scene.session.slots.get("is_safe", scene.session.slots.get("safe_now"))
    top = scene.session.top
    told = top is not None and top.flow == "danger" and scene.session.floor <= Urgency.U1
    level = Urgency.U0 if told else Urgency.U1
    session, alarm = safety.unsafe(scene.definitions, scene.session, f"check:{_how(said)}", scene.now, level)
    added = session.slots.get("addition")
    kept = (AddToReport(added, session.past_officers),) if isinstance(added, str) else ()
    session = replace(session.without_slots("addition"), frames=session.frames[-1:])
    return Outcome(session, (alarm, *kept))


def raise_silent(scene: Scene) -> Outcome:
    """The question whether they are safe stayed unanswered: a human is called (U1)."""
    session, alarm = safety.unsafe(scene.definitions, scene.session, "check:silent", scene.now)
    return Outcome(session, (alarm,))


def settle_place(scene: Scene) -> Outcome:
    """Tell the alert where it is, once that is known, so that the nearest officer is called."""
    session = scene.session
    if not session.slots.get("locality") or session.alert not in safety.OPEN:
        return Outcome(session)
    return Outcome(session, (safety.located(session),))


def request_handoff(scene: Scene) -> Outcome:
    """Ask for a human in this chat."""
    session = scene.session.raised(Urgency.U3)
    session = replace(session, alert=session.alert if session.alert in safety.OPEN else "open")
    asked = RequestHandoff(session.floor, session.category, locality(session), session.past_officers)
    return Outcome(session, (asked,))


def pass_over(scene: Scene) -> Outcome:
    """Take the officers of the place out of an alert that rings or is held already; a later one knows by itself."""
    open_now = scene.session.alert in safety.OPEN
    return Outcome(scene.session, (safety.located(scene.session),) if open_now else ())


def lookup_receipt(scene: Scene) -> Outcome:
    """Look for the report of the code that was typed."""
    code = scene.session.slots.get("receipt_code")
    session = scene.session.without_slots("receipt_code")
    if not isinstance(code, str):
        return Outcome(session.with_slots(receipt_status="skipped"))
    return Outcome(session, (LookupReceipt(code),), awaiting="receipt")


def add_to_report(scene: Scene) -> Outcome:
    """Pass on something new from the reporter."""
    added = scene.session.slots.get("addition")
    session = scene.session.without_slots("addition")
    if not isinstance(added, str) or listen.is_only_a_code(added):
        return Outcome(session.with_slots(added=False))
    return Outcome(session.with_slots(added=True), (AddToReport(added, session.past_officers),))


def hide_chat(scene: Scene) -> Outcome:
    """Close the conversation on this screen; the case goes on."""
    return Outcome(_put_away(scene.definitions, scene.session), (HideChat(erase=False),))


def erase_chat(scene: Scene) -> Outcome:
    """Show nothing of what was said on this screen any more; the case goes on."""
    return Outcome(_put_away(scene.definitions, scene.session), (HideChat(erase=True),))


def reply(scene: Scene) -> Outcome:
    """Say the short reply to what was just asked."""
    found = scene.definitions.replies.get(str(scene.session.slots.get("reply")))
    return Outcome(scene.session, (say(scene, found.words),) if found else ())


def tell_known(scene: Scene) -> Outcome:
    """Say in one line what need not be asked, so that it can be put right; nothing when nothing is known."""
    session = scene.session
    place = scene.definitions.places.get(locality(session) or "", "")
    age = str(session.slots.get("heard_age") or "") if session.slots.get("age_told") else ""
    told = (("place", place), ("age", age), ("time", str(session.slots.get("heard_time") or "")))
    known = [say(scene, f"utter_known_{name}", extra={name: value}).text for name, value in told if value]
    return Outcome(session, (say(scene, "utter_known", extra={"known": ", ".join(known)}),) if known else ())


def give_receipt(scene: Scene) -> Outcome:
    """Say the receipt code of the report that was just stored; the code is not kept in the session."""
    code = scene.session.slots.get("receipt")
    told = say(scene, "utter_receipt", extra={"receipt": code if isinstance(code, str) else ""})
    return Outcome(scene.session.without_slots("receipt").with_slots(sent=True), (told,))


def tell_updates(scene: Scene) -> Outcome:
    """Say what an officer wrote for the reporter; the words are not kept in the session."""
    words = scene.session.slots.get("updates")
    session = scene.session.without_slots("updates")
    if not isinstance(words, str) or not words:
        return Outcome(session)
    return Outcome(session, (say(scene, "utter_receipt_update", extra={"update": words}),))


ACTIONS: Mapping[str, Action] = {
    f"action_{action.__name__}": action
    for action in (
        save_report, keep_draft, about_other, leave, clear_report, begin_report, raise_unsafe, raise_silent,
        settle_place, request_handoff, pass_over, lookup_receipt, add_to_report, hide_chat, erase_chat,
        cards.find_card, cards.open_topic, cards.find_other_card, cards.find_meant_card, cards.offer_cards,
        cards.listen_and_offer, cards.next_card, cards.show_card, cards.share_card, reply,
        give_receipt, tell_updates, tell_known,
        later.take_hour, later.promise_check, later.promise_resume, leave_others, put_away, take_up, keep_words,
        later.count_safety, later.raise_unwell, later.begin_course, later.next_lesson, later.stop_course,
    )
}  # fmt: skip


def offers(scene: Scene, kind: str) -> tuple[Choice, ...]:
    """Choices that are worked out: the topics of an audience, or the places a name may mean."""
    library = scene.library
    match kind:
        case "topics":
            whom = audience(scene.definitions.directory, scene.session)
            shelf = str(scene.session.slots.get("shelf") or "")
            topics = library.topics_on(shelf, whom)
            return tuple(Choice(library.topics[topic], f"#ct:set:topic:{topic}") for topic in topics)
        case "shelves":
            whom = audience(scene.definitions.directory, scene.session)
            return tuple(
                Choice(library.shelves[name].title, f"#ct:set:shelf:{name}") for name in library.shelves_of(whom)
            )
        case "courses":
            return later.course_choices(scene, audience(scene.definitions.directory, scene.session))
        case "places":
            return tuple(
                Choice(scene.definitions.places.get(code, code), f"#ct:set:where:{code}")
                for code in listed(scene.session, "place_candidates")
            )
        case _:
            return ()


def _put_away(definitions: Definitions, session: Session) -> Session:
    """What stays after the chat was hidden: the urgency, the alert and what was told.

    Nothing of where it stood, nor of how the person was called or what the bot had understood: whoever holds the phone
    next must not read it out of an answer.
    """
    shown = (
        "query",
        "query_category",
        "answered_words",
        "card",
        "cards_left",
        "cards_near",
        "topic",
        "shelf",
        "paused",
        "locality",
        "place_candidates",
        *HEARD,
    )
    answers = [slot.name for slot in definitions.slots.values() if slot.report]
    gone = session.without_slots(*shown, *answers)
    if not session.away:  # who told of another child has nobody beside them who must not know
        gone = gone.with_slots(left_by="reporter" if session.about == "other" else "child")
    return replace(gone, away=True, choices=(), misses=0, address="unknown", about="", role="unknown")


def _demand(session: Session) -> RaiseAlert:
    reason = Reason("report:submitted", Span(0, 0), Urgency.U2)
    place, past = locality(session), session.past_officers
    return RaiseAlert(session.floor, session.category, (reason,), place, session.language, past)


def _report(scene: Scene, *, submitted: bool) -> SaveReport:
    session = scene.session
    names = ("what", "safe_now", "at_ease", "beside", "where", "when", "reach", "relation")
    answers = {name: session.slots.get(name) for name in names}
    elsewhere = {value for name, value in answers.items() if name != "what"}
    told = [words for words in session.told if words not in elsewhere]
    extra = answers["what"]
    if isinstance(extra, str) and extra not in told:
        told.append(extra)
    fields = {"what": SEPARATOR.join(told)} if told else {}
    for name in names[1:]:
        value = answers[name]
        if isinstance(value, bool):
            fields[name] = "yes" if value else "no"
        elif isinstance(value, str) and value:
            fields[name] = value
    heard = session.slots.get("heard_when")
    if "when" not in fields and isinstance(heard, str):
        # of "đang cầm" an officer would not read a time
        now = session.slots.get("heard_time") == "now"
        fields["when"] = say(scene, "utter_known_time").text if now else heard
    role = _role(scene.definitions, session)
    place, past = locality(session), session.past_officers
    return SaveReport(session.floor, session.category, role, fields, place, submitted, past)


def _role(definitions: Definitions, session: Session) -> str:
    """Who reports: as they spoke, or as they answered how they know the child."""
    relation, asker = session.slots.get("relation"), definitions.slots.get("audience")
    if session.role not in ("other", "unknown") or not isinstance(relation, str) or asker is None:
        return session.role
    said = listen.among(asker, relation)
    return said if said in ("parent", "teacher", "neighbour") else session.role


def _how(said: object) -> str:
    return "no" if said is False else "unclear"
