"""Reading by a Rasa server over HTTP. Whenever it is slow, down or unreadable, the embedded readers answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import structlog

from nlu.scores import Opinion, Scores, Thresholds

if TYPE_CHECKING:
    from nlu.normalise import Normalised
    from nlu.scores import Ear
    from nlu.signals import Span

TIMEOUT = 0.3  # seconds for one message; the embedded readers need a hundredth of it
FAULTS = 3  # in a row, after which the server is left alone
REST = 30.0  # seconds
LONGEST = 4_096  # characters that are sent

_log = structlog.get_logger(__name__)


class NoAnswer(Exception):  # noqa: N818
    """The Rasa server did not answer, or not with what our components put into its answer."""


class RasaFirst:
    """The readers inside a Rasa server, and behind them those that are embedded here. Safe to share by threads."""

    def __init__(
        self,
        url: str,
        token: str,
        behind: Ear,
        *,
        timeout: float = TIMEOUT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._behind, self._now = behind, now
        self._client = httpx.Client(base_url=url, params={"token": token}, timeout=timeout, trust_env=False)
        self._lock = threading.Lock()
        self._faults, self._again_at = 0, 0.0
        self.missed = 0  # messages that the embedded readers had to answer

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    @property
    def categories(self) -> tuple[str, ...]:
        """As the embedded readers': both learn from the same messages."""
        return self._behind.categories

    @property
    def intents(self) -> tuple[str, ...]:
        """As the embedded readers'."""
        return self._behind.intents

    def hear(self, message: Normalised) -> Opinion:
        """What Rasa thinks of one message, or the embedded readers where it does not answer."""
        if self._now() >= self._again_at:
            try:
                opinion = self._asked(message.text)  # as the other readers hear it: without names, told one way
            except (httpx.HTTPError, NoAnswer) as error:
                self._failed(type(error).__name__)
            else:
                self._faults = 0
                return opinion
        with self._lock:
            self.missed += 1
        return self._behind.hear(message)

    def weighty(self, message: Normalised) -> tuple[Span, ...]:
        """By the embedded readers: Rasa does not say."""
        return self._behind.weighty(message)

    def _failed(self, error: str) -> None:
        with self._lock:
            self._faults += 1
            if self._faults >= FAULTS:
                self._again_at = self._now() + REST
        _log.warning("rasa.no_answer", error=error, count=self._faults)

    def _asked(self, text: str) -> Opinion:
        answer = self._client.post("/model/parse", json={"text": text[:LONGEST]})
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer
        try:
            read: dict[str, Any] = answer.json()
            triage = read["triage"]
            ranking = {str(one["name"]): float(one["confidence"]) for one in read["intent_ranking"]}
            scores = Scores(
                urgency=np.array([float(one) for one in triage["urgency"]]),
                category=self._row(triage["category"], self.categories),
                intent=(self._row(triage["intent"], self.intents) + self._row(ranking, self.intents)) / 2,
                known=bool(triage["known"]),
            )
            limits = triage["thresholds"]
            thresholds = Thresholds(page=float(limits["page"]), check=float(limits["check"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoAnswer from error
        if scores.urgency.shape != (6,) or not np.isfinite(scores.urgency).all():
            raise NoAnswer
        return Opinion(scores, scores.alarm, thresholds, ("rasa",))

    @staticmethod
    def _row(said: Mapping[str, float], names: tuple[str, ...]) -> Any:
        return np.array([float(said.get(name, 0.0)) for name in names])
