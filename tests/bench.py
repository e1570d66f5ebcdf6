"""What a message costs each reader, and how long from an urgent one to the page; printed, never asserted."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bot import config
from bot.config import Settings
from bot.evaluation.gold import read_gold
from bot.rasa import RasaFirst
from bot.town import Town, town
from bot.understanding import load_model
from nlu import understand
from nlu.model import Model
from nlu.scores import Readers, Thresholds
from tests.readers.rasa_server import TRAINED, Server, is_built, served

ROUNDS = 30
DANGER = "ba dang cam dao ruot me"


def main() -> None:
    """Measure and print."""
    console = Console()
    with TemporaryDirectory() as home:
        settings = config.load(env={"LANGNGHE_HOME": home})
        began = time.perf_counter()
        model = load_model(settings)
        trained = time.perf_counter() - began
        began = time.perf_counter()
        load_model(settings)
        console.print(f"n-gram reader trained in {trained:.0f} s; cold start of all readers {_ms(began):.0f} ms")
        with served() if is_built() else nullcontext() as rasa:
            _messages(console, settings, model, rasa)
        with town(settings, model, live=True) as place:
            times = [_one(place, f"71{number:017d}") for number in range(ROUNDS)]
    table = Table("", "p50", "p95", "max", title=f"{ROUNDS} urgent messages on Zalo, one after another")
    for row, name in enumerate(("webhook answered", "first reply with the provider", "page with the provider")):
        took = sorted(one[row] for one in times)
        table.add_row(
            name, *(f"{1000 * value:.0f} ms" for value in (took[len(took) // 2], took[int(len(took) * 0.95)], took[-1]))
        )
    console.print(table)


def _messages(console: Console, settings: Settings, model: Model, rasa: Server | None) -> None:
    """What one message of the development set costs: each reader alone, all together, and Rasa where it was built."""
    texts = [gold.text for gold in read_gold([settings.data / "gold" / "development.jsonl"])]
    readers = model.readers.members if isinstance(model.readers, Readers) else ()
    limits = Thresholds(1.0, 1.0)
    kinds: dict[str, Model] = {"lexicon": replace(model, readers=None)}
    kinds |= {f"lexicon, {one.name}": replace(model, readers=Readers((one,), limits)) for one in readers}
    kinds["all"] = model
    ear = RasaFirst(rasa.url, rasa.token, model.readers, timeout=30.0) if rasa and model.readers else None
    if ear is not None:
        kinds["lexicon, rasa over HTTP"] = replace(model, readers=ear)
    table = Table(
        "readers", "p50", "p99", "messages/s", title=f"one message in process, one thread ({len(texts)} of them)"
    )
    for name, kind in kinds.items():
        took = sorted(_reading(kind, text) for text in texts for _ in range(2))
        table.add_row(
            name,
            f"{1000 * took[len(took) // 2]:.1f} ms",
            f"{1000 * took[int(len(took) * 0.99)]:.1f} ms",
            f"{1 / statistics.mean(took):.0f}",
        )
    console.print(table)
    if rasa is not None and ear is not None:
        trained = (TRAINED.parent / "seconds").read_text("ascii").strip()
        console.print(
            f"rasa: trained in {trained} s, {rasa.megabytes:.0f} MB; {ear.missed} messages without its answer"
        )
        ear.close()
    else:
        console.print("rasa: not built here, `make rasa` builds it")
    with ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        list(pool.map(lambda text: understand(text, model), texts * 2))
        console.print(f"two threads: {2 * len(texts) / (time.perf_counter() - began):.0f} messages/s")
    console.print(
        f"memory at its most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, training included"
    )


def _reading(model: Model, text: str) -> float:
    began = time.perf_counter()
    understand(text, model)
    return time.perf_counter() - began


def _ms(began: float) -> float:
    return 1000 * (time.perf_counter() - began)


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


if __name__ == "__main__":
    main()
