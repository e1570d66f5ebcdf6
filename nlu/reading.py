"""A message read by every reader at once: lexicon, trained reader, entities, commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from nlu.entities import Speech, child_ages, find_command, find_entities, hidden_names
from nlu.examples import OWNS
from nlu.lexicon import STRENGTH
from nlu.model import Model
from nlu.normalise import Normalised, instead, normalise, without
from nlu.others import tellings
from nlu.places import find_places
from nlu.scores import Ear, Opinion, Scores
from nlu.signals import Entity, Hazard, Signals, Urgency, Weight

# From which share, and for which categories, a writer seems to fear themselves; others must not get their answers.
OWN_FROM = {"own_anger": 0.2, "own_urges": 0.2, "own_hand": 0.2}
OWN_OF = {
    "own_urges": ("C03", "C04", "C16"),
    "own_anger": ("C01", "C02", "C16"),
    "own_hand": ("C01", "C02", "C15", "C16"),
}
ASKED = 40  # words and signs of the longest message that may be no more than a question
UNSURE = 0.30  # an intent below this is "unclear": one question is asked instead of a guess
COMMAND_INTENTS = {
    "exit": "exit",
    "erase": "exit",
    "human": "human",
    "hotline": "hotline",
    "yes": "smalltalk",
    "no": "smalltalk",
}


def understand(text: str, model: Model, *, now: datetime | None = None) -> Signals:
    """What `text` seems to say. Reads any text, in bounded time, without raising.

    `now` is the time of the message; weekdays are counted from it.
    """
    words = model.lexicon.words
    message = normalise(text, words)
    hidden = hidden_names(text, model.speech, model.lexicon.everyday)
    heard = message if hidden is text else replace(normalise(hidden, words), original=text)
    ways = tellings(heard)
    entities = [*find_entities(message, model.speech, now), *find_places(message, model.places)]
    under_six = any(age < 6 for age in child_ages(entities))
    hazards = _signs(model, (message, *ways), under_six=under_six)
    command = find_command(message, model.speech)
    letters = any(token.text[0].isalpha() for token in message.tokens)
    asked = model.asked.read(message) if model.asked is not None and letters and len(message.tokens) <= ASKED else ()
    if model.readers is None or not letters:
        return replace(_without_reader(message, entities, hazards, command), asked=asked)
    readers, (heard, opinion) = model.readers, _heard(ways[0], model.readers, model.speech, bool(hazards))
    scores, thresholds = opinion.scores, opinion.thresholds
    intent, category = int(scores.intent.argmax()), int(scores.category.argmax())
    wish, sure = readers.intents[intent], float(scores.intent[intent])
    if command in COMMAND_INTENTS:
        wish, sure = COMMAND_INTENTS[command], 1.0
    elif not scores.known or sure < UNSURE:
        wish = "unclear"
    alarm = _seriously(heard, model, opinion)
    speaks_alone = alarm >= thresholds.check and not hazards
    return Signals(
        text=text,
        intent=wish,
        intent_score=sure,
        category=readers.categories[category],
        category_score=float(scores.category[category]),
        urgency={level: float(scores.urgency[level]) for level in Urgency} if scores.known else {},
        hazards=hazards,
        entities=tuple(entities),
        language=message.language,
        command=command,
        readers=("lexicon", *opinion.readers),
        weighty_words=readers.weighty(heard) if speaks_alone else (),
        spelled=message.text,
        asked=asked,
        own=_own(scores, readers.categories[category]),
        alarm=alarm if scores.known else 0.0,
        page_from=thresholds.page,
        check_from=thresholds.check,
    )


def _signs(model: Model, told: Sequence[Normalised], *, under_six: bool) -> tuple[Hazard, ...]:
    """The signs of a message in any of its tellings, each once and at its gravest, in the order of the text."""
    found: dict[str, Hazard] = {}
    for n, one in enumerate(told):
        if any(one is before for before in told[:n]):
            continue
        for hazard in model.lexicon.hazards(one, under_six=under_six):
            known = found.get(hazard.concept)
            if known is None or (hazard.level, -STRENGTH[hazard.weight]) < (known.level, -STRENGTH[known.weight]):
                found[hazard.concept] = hazard
    return tuple(sorted(found.values(), key=lambda hazard: hazard.span.start))


def _heard(message: Normalised, readers: Ear, speech: Speech, signed: bool) -> tuple[Normalised, Opinion]:
    """What the readers think of the message, or of it as a politer child would say it where that is more urgent.

    They met swearing, and "tao", most in talk about nothing: "đm ba t đánh t" was none to them, "ba em đánh em" is a
    child beaten. "tao" is taken for "em" only where the lexicon sees a sign of something (`signed`).
    """
    opinion, plain = readers.hear(message), without(message, speech.swears)
    if signed:
        plain = instead(plain, speech.rough)
    if plain is message or not plain.tokens:
        return message, opinion
    other = readers.hear(plain)
    return (plain, other) if other.alarm > opinion.alarm else (message, opinion)


def _own(scores: Scores, category: str) -> str:
    if scores.own is None or not scores.known:
        return ""
    likeliest = 1 + int(scores.own[1:].argmax())
    own = OWNS[likeliest]
    fits = category in OWN_OF.get(own, (category,))
    return own if fits and scores.own[likeliest] >= OWN_FROM[own] else ""


def _seriously(heard: Normalised, model: Model, opinion: Opinion) -> float:
    """The alarm of the message; enough to ask, where only its laughter keeps a danger from being heard.

    "bị thằng anh họ hiếp :))": who tells the worst often laughs. Such a message is asked about, never paged for.
    """
    limits = opinion.thresholds
    serious = without(heard, model.speech.laughs)
    if model.readers is None or serious is heard or opinion.alarm >= limits.check:
        return opinion.alarm
    grave = any(hazard.weight is Weight.PAGE for hazard in model.lexicon.hazards(serious))
    near = model.readers.hear(serious).alarm >= limits.page
    return max(opinion.alarm, limits.check) if near or grave else opinion.alarm


def _without_reader(
    message: Normalised, entities: list[Entity], hazards: tuple[Hazard, ...], command: str | None
) -> Signals:
    """The net when no model is loaded or there is no word to read: signs and commands alone."""
    worst = min(hazards, key=lambda hazard: hazard.level, default=None)
    return Signals(
        text=message.original,
        spelled=message.text,
        intent=COMMAND_INTENTS.get(command or "", "unclear"),
        intent_score=1.0 if command in COMMAND_INTENTS else 0.0,
        category=worst.category if worst else "C99",
        category_score=1.0 if worst else 0.0,
        hazards=hazards,
        entities=tuple(entities),
        language=message.language,
        command=command,
    )
