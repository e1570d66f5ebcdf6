"""What is asked or told later because the person chose so: the check-back, the care after closing, and courses.

Each promise is kept with one message and never a second one.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from flows import listen, safety
from flows.effects import CancelWait, Choice, CountReach, Effect, StartWait
from flows.guidance import Course
from flows.outcome import Outcome
from flows.responses import Directory, fill
from flows.speech import Scene, say, words_for
from flows.state import WAKE, Session

CHECK_BACK, AFTER_CARE, LESSON, RESUME = (
    "checkback",
    "aftercare",
    "lesson",
    "resume",
)  # the flows that wake by themselves
_AFTER = re.compile(r"(\d+)([mh])")


def take_hour(scene: Scene) -> Outcome:
    """The hour at which they say that they wish to be asked; none where they name none of those that can be kept."""
    said = scene.session.slots.get("query")
    if not isinstance(said, str):  # a button was pressed, which says the hour
        return Outcome(scene.session)
    wished = listen.among(scene.definitions.slots["check_when"], said)
    session = scene.session.without_slots("check_when")
    return Outcome(session.with_slots(check_when=wished) if isinstance(wished, str) else session)


def promise_check(scene: Scene) -> Outcome:
    """Agree to ask once, at the chosen time, whether they are safe."""
    session, chosen = scene.session, scene.session.slots.get("check_when")
    after = _after(scene.definitions.directory, str(chosen), scene.now)
    if after is None:
        return Outcome(*_asleep(session, CHECK_BACK))
    return Outcome(session.waking(CHECK_BACK), (StartWait(WAKE + CHECK_BACK, after),))


def promise_resume(scene: Scene) -> Outcome:
    """Agree to write once, at the chosen time, to somebody who could not go on telling."""
    after = _after(scene.definitions.directory, str(scene.session.slots.get("resume_when")), scene.now)
    if after is None:
        return Outcome(*_asleep(scene.session, RESUME))
    return Outcome(scene.session.waking(RESUME), (StartWait(WAKE + RESUME, after),))


def after_care(scene: Scene) -> tuple[Session, tuple[Effect, ...]]:
    """A human closed the case: whoever allowed to be asked is asked once more, some days later."""
    session, forgotten = _asleep(scene.session, CHECK_BACK)
    if _after(scene.definitions.directory, str(session.slots.get("check_when")), scene.now) is None:
        return session, forgotten
    days = scene.definitions.directory.after_care_days
    session = session.without_slots("check_when").waking(AFTER_CARE)
    return session, (*forgotten, StartWait(WAKE + AFTER_CARE, timedelta(days=days)))


def count_safety(scene: Scene) -> Outcome:
    """Count per commune what was answered after a case was closed; nobody is named."""
    said = scene.session.slots.get("is_well")
    answer = "safe" if said is True else "unsafe" if said is False else "silent"
    return Outcome(scene.session, (CountReach(f"after:{answer}", "", _locality(scene.session)),))


def raise_unwell(scene: Scene) -> Outcome:
    """The agreed word did not come: a human looks after it, and nothing shows on the screen."""
    said = scene.session.slots.get("is_well")
    concept = "check:no" if said is False else "check:unclear" if "is_well" in scene.session.slots else "check:silent"
    session, alarm = safety.unsafe(scene.definitions, scene.session, concept, scene.now)
    return Outcome(session, (alarm,))


def begin_course(scene: Scene) -> Outcome:
    """The first lesson of the chosen course; the next comes by itself."""
    chosen = scene.session.slots.get("course")
    course = scene.library.courses.get(str(chosen))
    return _lesson(scene, course, 0)


def next_lesson(scene: Scene) -> Outcome:
    """The lesson whose day has come."""
    course = scene.library.courses.get(str(scene.session.slots.get("course")))
    reached = scene.session.slots.get("lesson")
    return _lesson(scene, course, int(reached) if isinstance(reached, str) else 0)


def stop_course(scene: Scene) -> Outcome:
    """No more lessons."""
    session, forgotten = _asleep(scene.session, LESSON)
    return Outcome(session.without_slots("course", "lesson"), forgotten)


def course_choices(scene: Scene, audience: str) -> tuple[Choice, ...]:
    """The courses for this audience, or all of them while it is unknown."""
    courses = scene.library.courses.values()
    return tuple(
        Choice(course.title, f"#ct:set:course:{course.id}")
        for course in courses
        if not audience or audience in course.audiences
    )


def _lesson(scene: Scene, course: Course | None, number: int) -> Outcome:
    if course is None or number >= len(course.lessons):
        return stop_course(scene)
    lesson = fill(course.lessons[number], words_for(scene))
    extra = {"lesson": lesson, "number": str(number + 1), "count": str(len(course.lessons)), "title": course.title}
    audience = next(iter(course.audiences), "")
    counted = CountReach(f"course:{course.id}:{number + 1}", audience, _locality(scene.session))
    if number + 1 == len(course.lessons):
        session, forgotten = _asleep(scene.session, LESSON)
        ended = session.without_slots("course", "lesson")
        return Outcome(ended, (say(scene, "utter_lesson_last", extra=extra), counted, *forgotten))
    session = scene.session.with_slots(course=course.id, lesson=str(number + 1)).waking(LESSON)
    wait = StartWait(WAKE + LESSON, timedelta(hours=scene.definitions.directory.lesson_hours))
    return Outcome(session, (say(scene, "utter_lesson", extra=extra), counted, wait))


def _asleep(session: Session, flow: str) -> tuple[Session, tuple[Effect, ...]]:
    """The session that will not start `flow` by itself, and the wait to forget if there is one."""
    wait = WAKE + flow
    if wait not in session.waits:
        return session, ()
    return replace(session, waits=tuple(other for other in session.waits if other != wait)), (CancelWait(wait),)


def _after(directory: Directory, chosen: str, now: datetime) -> timedelta | None:
    """How long from `now` until the chosen time; None when nothing was allowed."""
    told = directory.check_back.get(chosen, "")
    match = _AFTER.fullmatch(told)
    if match:
        return int(match[1]) * (timedelta(minutes=1) if match[2] == "m" else timedelta(hours=1))
    if not told:
        return None
    hour, minute = (int(part) for part in told.split(":"))
    local = now + timedelta(hours=directory.utc_offset) - (now.utcoffset() or timedelta())
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at - local if at > local else at + timedelta(days=1) - local


def _locality(session: Session) -> str | None:
    place = session.slots.get("locality")
    return place if isinstance(place, str) else None
