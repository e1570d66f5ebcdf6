"""How urgent one message is. Rules and models only raise; only a human lowers or closes."""

from __future__ import annotations

from dataclasses import dataclass

from nlu.signals import Hazard, Signals, Span, Urgency, Weight

BACKED = 0.16  # share of the asking threshold that the readers' alarm must reach for a weaker sign to ask
ENOUGH = 0.3  # a category or level the reader gives less than this is not yet an opinion
# A whole message that is one of these says nothing else; a danger sign in it still counts.
COMMANDS = frozenset({"exit", "erase", "hotline", "human", "restart", "stop", "skip", "finish", "yes", "no"})


@dataclass(frozen=True)
class Reason:
    """Why the level is what it is: a lexicon concept, or `reader:<name>` where only a model speaks."""

    concept: str
    span: Span
    level: Urgency


@dataclass(frozen=True)
class Assessment:
    """The level of a message within its session, and the reasons an officer reads."""

    level: Urgency
    check: bool  # not sure enough to page: ask at once whether the person is safe
    category: str
    reasons: tuple[Reason, ...]
    life_at_risk: bool = False


def assess(signals: Signals, *, floor: Urgency = Urgency.U4) -> Assessment:
    """How urgent the message is, never less than `floor` (the highest level of its session).

    Paged: a sign whose precision was measured, or a reader that is sure enough. Asked about: a weaker sign, or a
    reader in doubt. Everything else keeps the level that the reader finds most likely.
    """
    paging = [hazard for hazard in signals.hazards if hazard.weight is Weight.PAGE]
    alarm = 0.0 if signals.command in COMMANDS else signals.alarm
    # a sign that is often wrong asks only where the readers are not sure that all is calm
    backed = signals.command is not None or signals.check_from >= 1 or alarm >= BACKED * signals.check_from
    asking = [h for h in signals.hazards if h.weight is Weight.ASK and h.level <= Urgency.U1 and backed]
    reader_pages = alarm >= signals.page_from
    if not signals.urgency:  # no reader answered: every sign of danger counts, rather one page too many
        paging, asking = list(signals.hazards), []
    # unsure and a danger sign: the higher level
    both_unsure = alarm >= signals.check_from and _worst(asking) <= Urgency.U1

    level = min((hazard.level for hazard in paging), default=Urgency.U4)
    if reader_pages or both_unsure:
        level = min(level, _urgent_level(signals, asking))
    level = min(level, _quiet_level(signals), floor)
    paged = level <= Urgency.U1
    check = not paged and (bool(asking) or alarm >= signals.check_from or signals.command == "help")
    return Assessment(
        level=level,
        check=check,
        category=_category(signals, paging),
        reasons=_reasons(signals, level, reader_speaks=alarm >= signals.check_from),
        life_at_risk=paged and (level is Urgency.U0 or any(hazard.life_at_risk for hazard in paging + asking)),
    )


def _worst(hazards: list[Hazard]) -> Urgency:
    return min((hazard.level for hazard in hazards), default=Urgency.U4)


def _urgent_level(signals: Signals, asking: list[Hazard]) -> Urgency:
    """U0 or U1, whichever the reader finds likelier; in doubt the higher."""
    u0, u1 = signals.urgency.get(Urgency.U0, 0.0), signals.urgency.get(Urgency.U1, 0.0)
    return Urgency.U0 if u0 >= u1 or _worst(asking) is Urgency.U0 else Urgency.U1


def _quiet_level(signals: Signals) -> Urgency:
    """The likeliest of U2, U3 and U4."""
    if signals.command in COMMANDS or not signals.urgency:
        return min((h.level for h in signals.hazards if h.level >= Urgency.U2), default=Urgency.U4)
    ordinary = max(0.0, 1.0 - sum(signals.urgency.values()))
    chances = {level: signals.urgency.get(level, 0.0) for level in (Urgency.U2, Urgency.U3, Urgency.U4)}
    chances[Urgency.U2] += signals.urgency.get(Urgency.U0, 0.0) + signals.urgency.get(
        Urgency.U1, 0.0
    )  # not sure enough to page is still not nothing
    chances[Urgency.U4] += ordinary
    return max(chances, key=lambda level: (chances[level], -level))


def _category(signals: Signals, paging: list[Hazard]) -> str:
    """The reader's category; the gravest sign speaks where the reader has no opinion or sees no trouble."""
    gravest = min(signals.hazards, key=lambda hazard: hazard.level, default=None)
    if gravest and signals.category_score < ENOUGH:
        return gravest.category
    if paging and signals.category in ("C90", "C99"):
        return min(paging, key=lambda hazard: hazard.level).category
    return signals.category


def _reasons(signals: Signals, level: Urgency, *, reader_speaks: bool) -> tuple[Reason, ...]:
    found = [Reason(hazard.concept, hazard.span, hazard.level) for hazard in signals.hazards]
    if reader_speaks and not found:
        name = "reader:" + "+".join(reader for reader in signals.readers if reader != "lexicon")
        spans = signals.weighty_words or (Span(0, len(signals.text)),)
        found = [Reason(name, span, level) for span in spans]
    return tuple(sorted(found, key=lambda reason: (reason.level, reason.span.start)))
