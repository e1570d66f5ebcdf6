"""What a flow may do with guidance cards: find, show, offer and pass them on; each action a function of the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.asking import without_lead
from flows.effects import Choice, CountReach
from flows.facts import audience
from flows.guidance import BUBBLES, SURE, Card, fits_matter, ranked
from flows.misread import meant
from flows.outcome import Outcome
from flows.responses import fill
from flows.speech import Scene, say, words_for
from flows.state import Session, listed, locality

NEAR = 3  # titles that are offered where no card is sure


def find_card(scene: Scene) -> Outcome:
    """Find guidance for the person's own words: in slot `card` what answers them, in `cards_near` what only may."""
    session, library = scene.session, scene.library
    asked = session.slots.get("query")
    matter = session.slots.get("query_category")
    found = ranked(
        library,
        without_lead(asked) if isinstance(asked, str) else "",
        audience=audience(scene.definitions.directory, session),
        among=[band for band, _ in scene.definitions.directory.bands] if session.about == "self" else [],
        category=matter if isinstance(matter, str) else session.category,
    )
    if found and found[0][1] < SURE:
        close = [card for card, _ in found if not isinstance(matter, str) or fits_matter(card, matter)]
        return Outcome(_offering(session, close))
    cards = [card for card, _ in found]
    more = library.of(cards[0].audience, cards[0].topic) if cards else ()
    again = True if cards and cards[0].id == session.slots.get("card") else None
    return Outcome(_showing(session, tuple(dict.fromkeys((*cards, *more)))).with_slots(card_again=again))


def find_other_card(scene: Scene) -> Outcome:
    """As find_card, but never the card that was shown last, nor one about something else than what weighs on them."""
    matter = scene.session.slots.get("query_category")
    outcome, cards = _others(scene)
    close = tuple(card for card in cards if not matter or matter in card.categories)
    return Outcome(_showing(outcome.session, close))


def find_meant_card(scene: Scene) -> Outcome:
    """As find_card, for what is left of words that put right what was made of others; none that only stands near."""
    asked, last = scene.session.slots.get("query"), scene.session.slots.get("card")
    told = scene.session.with_slots(query=meant(asked)) if isinstance(asked, str) else scene.session
    outcome = find_card(replace(scene, session=told))
    return outcome if outcome.session.slots.get("card") != last else Outcome(_showing(outcome.session, ()))


def _others(scene: Scene) -> tuple[Outcome, tuple[Card, ...]]:
    last, outcome = scene.session.slots.get("card"), find_card(scene)
    shown = [str(outcome.session.slots.get("card") or ""), *listed(outcome.session, "cards_left")]
    return outcome, tuple(scene.library.cards[card] for card in shown if card and card != last)


def offer_cards(scene: Scene) -> Outcome:
    """Say that it is not clear what is asked, with the titles of the nearest cards to press."""
    return Outcome(scene.session, (say(scene, "utter_cards_near", choices=_near(scene)),))


def listen_and_offer(scene: Scene) -> Outcome:
    """Listen to what weighs on them, with the titles of the nearest cards to press unless a question stands below."""
    titles = () if scene.session.slots.get("answered_first") else _near(scene)
    return Outcome(scene.session, (say(scene, "utter_support_talk", choices=titles),))


def _near(scene: Scene) -> tuple[Choice, ...]:
    cards = [scene.library.cards[name] for name in listed(scene.session, "cards_near")]
    return tuple(Choice(card.title, f"#ct:card:{card.id}") for card in cards)


def open_topic(scene: Scene) -> Outcome:
    """The cards of the chosen topic for the chosen audience."""
    session, library = scene.session, scene.library
    whom, topic = audience(scene.definitions.directory, session), session.slots.get("topic")
    found = library.of(whom, topic) if isinstance(topic, str) else ()
    return Outcome(_showing(session.without_slots("topic", "shelf"), found))


def next_card(scene: Scene) -> Outcome:
    """The next card of those that were found."""
    session = scene.session
    left = listed(session, "cards_left")
    cards = [scene.library.cards[card] for card in left if card in scene.library.cards]
    return Outcome(_showing(session, tuple(cards)))


def show_card(scene: Scene) -> Outcome:
    """Say the card in its few messages, and count that it reached somebody."""
    card = scene.library.cards.get(str(scene.session.slots.get("card")))
    if card is None:
        return Outcome(scene.session)
    variables = words_for(scene)
    told = [fill(text, variables) for text in card.chat[: BUBBLES - 1]]
    rest = [fill(text, variables) for text in card.chat[BUBBLES - 1 :]]
    ending = say(scene, "utter_card_end", extra={"title": card.title})
    left = bool(scene.session.slots.get("cards_left"))
    choices = tuple(choice for choice in ending.choices if left or choice.payload != "#ct:go:more")
    last = replace(ending, text="\n\n".join([*rest, ending.text]), choices=choices)
    bubbles = tuple(replace(ending, key=f"card.{card.id}", text=text, choices=()) for text in told)
    counted = CountReach(card.id, card.audience, locality(scene.session))
    return Outcome(scene.session, (*bubbles, last, counted))


def share_card(scene: Scene) -> Outcome:
    """The card last shown as one text that can be passed on; nothing in it tells of this conversation."""
    card = scene.library.cards.get(str(scene.session.slots.get("card")))
    if card is None:
        return Outcome(scene.session, (say(scene, "utter_guidance_none"),))
    plain = words_for(replace(scene, session=Session.new(scene.session.channel)))
    extra = {"title": card.title, "advice": fill(" ".join(card.do_now) or card.short, plain)}
    extra["page"] = scene.definitions.directory.pages + scene.library.address(card.id)
    return Outcome(scene.session, (say(scene, "utter_share", extra=extra),))


def _showing(session: Session, cards: tuple[Card, ...]) -> Session:
    session = session.without_slots("cards_near") if cards else session
    if not cards:
        return session.without_slots("card", "cards_left")
    left = ",".join(card.id for card in cards[1:]) or None
    return session.with_slots(card=cards[0].id, cards_left=left, answered_words=session.slots.get("query"))


def _offering(session: Session, cards: Sequence[Card]) -> Session:
    """The session that shows no card, and knows up to NEAR that it may have been about, each of another title."""
    titles = {card.title: card.id for card in reversed(cards)}
    near = [card.id for card in cards if titles[card.title] == card.id][:NEAR]
    return session.without_slots("card", "cards_left", "card_again").with_slots(cards_near=",".join(near) or None)
