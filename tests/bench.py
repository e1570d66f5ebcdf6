"""How long from an urgent message to the page, on a live installation of this machine; printed, never asserted."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bot import config
from bot.town import Town, town
from bot.understanding import load_model
from nlu import understand
from nlu.model import Model

ROUNDS = 30
DANGER = "ba dang cam dao ruot me"
LINES = (DANGER, "duong e sap ve rui, e so lam", "cho hoi lam giay khai sinh cho con o dau", "alo", "con chao co a")


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as home:
        settings = config.load(env={"LANGNGHE_HOME": home})
        model = load_model(settings)
        with town(settings, model, live=True) as place:
            times = [_one(place, f"71{number:017d}") for number in range(ROUNDS)]
    table = Table("", "p50", "p95", "max", title=f"{ROUNDS} urgent messages on Zalo, one after another")
    for row, name in enumerate(("webhook answered", "first reply with the provider", "page with the provider")):
        took = sorted(one[row] for one in times)
        table.add_row(
            name, *(f"{1000 * value:.0f} ms" for value in (took[len(took) // 2], took[int(len(took) * 0.95)], took[-1]))
        )
    console = Console()
    console.print(table)
    console.print(f"one reader thread: {_readings(model):.0f} messages a second")


def _one(place: Town, user: str) -> tuple[float, float, float]:
    pages, replies = len(place.twilio.messages), len(place.zalo.messages)
    began = time.perf_counter()
    place.only(place.zalo.user_sends(user, DANGER))
    answered = time.perf_counter() - began
    page = _until(lambda: len(place.twilio.messages) > pages) - began
    reply = _until(lambda: len(place.zalo.messages) > replies) - began
    return answered, reply, page


def _until(there: Callable[[], bool]) -> float:
    limit = time.perf_counter() + 30
    while not there() and time.perf_counter() < limit:
        time.sleep(0.002)
    return time.perf_counter()


def _readings(model: Model) -> float:
    took = []
    for line in LINES * 100:
        began = time.perf_counter()
        understand(line, model)
        took.append(time.perf_counter() - began)
    return 1 / statistics.mean(took)


if __name__ == "__main__":
    main()
