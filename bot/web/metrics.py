"""Figures for Prometheus: how late the ladder is, and how much came in; no names, no words, no numbers of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Figures(Collector):
    """The gauges that the auditor last read from the store."""

    def __init__(self) -> None:
        self.values: Mapping[str, float] = {}

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, value in sorted(self.values.items()):
            yield GaugeMetricFamily(f"langnghe_{name}", _MEANINGS.get(name, name.replace("_", " ")), value=value)


_MEANINGS = {
    "oldest_unsent_page_seconds": "Age of the oldest page that is due and not yet with a provider",
    "alerts_without_deadline": "Alerts that are open but have no armed deadline; must be 0",
    "queue_depth": "Jobs and messages that are due and not done",
}


class Metrics:
    """The registry of one application; two applications in one process do not share figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.figures = Figures()
        self.registry.register(self.figures)
        self.received = Counter(
            "langnghe_inbound",
            "Requests of providers and people, by outcome",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.failed_sign_ins = Counter(
            "langnghe_failed_sign_ins", "Refused sign-ins of officers", registry=self.registry
        )

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


__all__ = ["CONTENT_TYPE", "Histogram", "Metrics"]
