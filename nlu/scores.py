"""What one reader, or several together, think of a message: probabilities of every urgency, category and intent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from nlu.normalise import Normalised
from nlu.signals import Span

NOTHING = ("C90", "C99")  # questions for information, small talk, tests and jokes
LEAST = 1e-4  # no reader is surer than this that something is not so
SHORT = 24  # words up to which a message is also read without its slips: among more one slip hides little

# What a message wants is read better by the transformer: settled on the development part of the gold messages.
INTENT = {"ngram": 2.0, "transformer": 3.0}


@dataclass(frozen=True, eq=False)
class Scores:
    """Probabilities: of U0 … U4 and ordinary talk, of the categories, of the intents."""

    urgency: NDArray[Any]
    category: NDArray[Any]
    intent: NDArray[Any]
    known: bool  # enough of the words were seen in training to have an opinion
    own: NDArray[Any] | None = None  # of what a writer fears of themselves (examples.OWNS), by a reader that learnt it

    @property
    def alarm(self) -> float:
        """How sure it is that a human must hear of the message now: P(U0) + P(U1)."""
        return float(self.urgency[0] + self.urgency[1])


class Reader(Protocol):
    """A trained reader: its labels, and what it thinks of a message."""

    @property
    def name(self) -> str:
        """How reasons and the doctor call it: ngram or transformer."""

    @property
    def categories(self) -> tuple[str, ...]:
        """The labels of `Scores.category`, in order."""

    @property
    def intents(self) -> tuple[str, ...]:
        """The labels of `Scores.intent`, in order."""

    def read(self, message: Normalised) -> Scores:
        """What it thinks of one message."""

    def weighty(self, message: Normalised) -> tuple[Span, ...]:
        """The words without which the message would seem least urgent, in the order of the text."""


class Mender(Protocol):
    """Who reads over slips of the finger."""

    def mended(self, message: Normalised) -> Normalised | None:
        """The message without its slips; None if it seems to have none."""


@dataclass(frozen=True)
class Thresholds:
    """From which alarm a set of readers pages by itself, and from which the person is asked.

    `doubt`: how much the alarm is lowered where the message seems to be about nothing; `slope` and `shift` make it a
    share of messages that are urgent, as they were counted on messages nobody had learnt from (see `alarm_of`).
    """

    page: float
    check: float
    doubt: float = 0.0
    slope: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True)
class Opinion:
    """What the trained readers together think of a message, and from which alarm they page and ask."""

    scores: Scores
    alarm: float  # how sure they are that a human must hear of it now, 0 … 1
    thresholds: Thresholds
    readers: tuple[str, ...]  # who answered


def alarm_of(scores: Scores, categories: Sequence[str], limits: Thresholds) -> float:
    """P(U0) + P(U1), weighed against the readers' own view that the message is talk about nothing, and calibrated.

    Urgency and category are read by different heads; where both see trouble the alarm is more than either, and strong
    words in small talk are less. Measured: half as many ordinary sentences paged for the same messages heard.
    """
    nothing = float(sum(scores.category[n] for n, category in enumerate(categories) if category in NOTHING))
    return calibrated(logit(scores.alarm) + limits.doubt * logit(1 - nothing), limits.slope, limits.shift)


def calibrated(odds: float, slope: float, shift: float) -> float:
    """The share that log `odds` stand for, after Platt (1999)."""
    return float(1 / (1 + np.exp(-(slope * odds + shift))))


def logit(share: float) -> float:
    """The log odds of a share, bounded."""
    bounded = min(max(share, 1e-4), 1 - 1e-4)
    return float(np.log(bounded / (1 - bounded)))


class Ear(Protocol):
    """The trained readers of an installation, whatever they are: embedded here, or in a process of their own."""

    @property
    def categories(self) -> tuple[str, ...]:
        """The labels of `Scores.category`, in order."""

    @property
    def intents(self) -> tuple[str, ...]:
        """The labels of `Scores.intent`, in order."""

    def hear(self, message: Normalised) -> Opinion:
        """What they think of one message. Never raises."""

    def weighty(self, message: Normalised) -> tuple[Span, ...]:
        """The words without which the message would seem least urgent, in the order of the text."""


@dataclass(frozen=True)
class Readers:
    """Embedded readers, heard as one: the mean of what they think."""

    members: tuple[Reader, ...]
    thresholds: Thresholds
    mender: Mender | None = None  # where there is one, a message with slips of the finger is also read without them

    @property
    def categories(self) -> tuple[str, ...]:
        """Every member has the same."""
        return self.members[0].categories

    @property
    def intents(self) -> tuple[str, ...]:
        """Every member has the same."""
        return self.members[0].intents

    def hear(self, message: Normalised) -> Opinion:
        """The mean of what the members think; of a message with slips the more urgent reading, as typed or as meant.

        What is at its most urgent as it was typed is not read twice: it can rise no further.
        """
        heard = self._opinion(message)
        highest = heard.alarm >= self.thresholds.page and heard.scores.urgency.argmax() == 0
        if self.mender is None or highest or len(message.tokens) > SHORT:
            return heard
        meant = self.mender.mended(message)
        over = heard if meant is None else self._opinion(meant)
        return over if over.alarm > heard.alarm else heard

    def _opinion(self, message: Normalised) -> Opinion:
        readings = [member.read(message) for member in self.members]
        scores = mean(readings, [INTENT.get(member.name, 1.0) for member in self.members])
        alarm = alarm_of(scores, self.categories, self.thresholds)
        return Opinion(scores, alarm, self.thresholds, tuple(member.name for member in self.members))

    def weighty(self, message: Normalised) -> tuple[Span, ...]:
        """The weightiest words by the first member, the quickest one."""
        return self.members[0].weighty(message)


def mean(readings: Sequence[Scores], intent_weights: Sequence[float] | None = None) -> Scores:
    """Several readers as one: the mean of those that have an opinion, or of all when none has.

    Urgency and category are pooled as odds, by the geometric mean, so that one reader's certainty counts; what a
    message wants is a plain mean, weighed by `intent_weights`, one for each reading.
    """
    heard = [one for one in readings if one.known] or list(readings)
    weights = [w for one, w in zip(readings, intent_weights or (1.0,) * len(readings), strict=True) if one in heard]
    return Scores(
        urgency=_pooled([one.urgency for one in heard]),
        category=_pooled([one.category for one in heard]),
        intent=np.average([one.intent for one in heard], axis=0, weights=weights),
        known=any(one.known for one in heard),
        own=next((one.own for one in heard if one.own is not None), None),
    )


def _pooled(shares: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(shares) == 1:
        return shares[0]
    product = np.exp(np.mean(np.log(np.clip(shares, LEAST, 1.0)), axis=0))
    return np.asarray(product / product.sum())
