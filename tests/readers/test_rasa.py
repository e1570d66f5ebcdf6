"""Rasa is asked first, and whenever it does not answer, the embedded readers do: nobody waits, nobody is missed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.rasa import FAULTS, REST, RasaFirst
from nlu import understand
from nlu.model import Model
from nlu.normalise import normalise

DANGER = "ba đang cầm dao rượt mẹ"


def answer(model: Model, alarm: float = 0.9) -> dict[str, Any]:
    """An answer of /model/parse as a Rasa server with our components gives it."""
    assert model.readers is not None
    return {
        "text": DANGER,
        "intent": {"name": "report_self", "confidence": 0.9},
        "intent_ranking": [{"name": name, "confidence": 0.1} for name in model.readers.intents],
        "triage": {
            "urgency": [alarm, 0.0, 0.0, 0.0, 0.0, 1 - alarm],
            "category": dict.fromkeys(model.readers.categories, 0.04),
            "intent": dict.fromkeys(model.readers.intents, 0.1),
            "known": True,
            "thresholds": {"page": 0.5, "check": 0.3},
        },
    }


@contextmanager
def server(reply: Callable[[], tuple[int, bytes]]) -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that answers as `reply` says; its address, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            status, body = reply()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    one = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=one.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{one.server_port}", asked
    finally:
        one.shutdown()
        one.server_close()
        thread.join()


@contextmanager
def ear(url: str, model: Model, now: Callable[[], float] = time.monotonic) -> Iterator[RasaFirst]:
    assert model.readers is not None
    with closing(RasaFirst(url, "an-invented-token", model.readers, now=now)) as one:
        yield one


def test_rasa_is_asked_first_with_its_token(model: Model) -> None:
    with server(lambda: (200, json.dumps(answer(model)).encode())) as (url, asked), ear(url, model) as one:
        opinion = one.hear(normalise(DANGER))
    assert opinion.readers == ("rasa",)
    assert opinion.scores.alarm == pytest.approx(0.9)
    assert asked == ["/model/parse?token=an-invented-token"]


@pytest.mark.parametrize(
    "reply",
    [
        (500, b"{}"),
        (401, b"{}"),
        (200, b"no json"),
        (200, b"[]"),
        (200, b'{"intent": {"name": "smalltalk"}, "intent_ranking": []}'),
        (200, b'{"triage": {"urgency": ["NaN"]}, "intent_ranking": []}'),
    ],
)
def test_an_answer_that_cannot_be_used_is_no_answer(model: Model, reply: tuple[int, bytes]) -> None:
    with server(lambda: reply) as (url, asked), ear(url, model) as one:
        opinion = one.hear(normalise(DANGER))
    assert "ngram" in opinion.readers
    assert one.missed == len(asked) == 1


def test_a_server_that_is_down_is_left_alone_for_a_while_and_then_asked_again(model: Model) -> None:
    now = [0.0]
    with server(lambda: (500, b"{}")) as (url, asked), ear(url, model, lambda: now[0]) as one:
        for _ in range(FAULTS + 4):
            assert "ngram" in one.hear(normalise(DANGER)).readers
        assert len(asked) == FAULTS
        now[0] = REST + 1
        one.hear(normalise(DANGER))
        assert len(asked) == FAULTS + 1


def test_the_danger_signs_are_read_whoever_answers(model: Model) -> None:
    with ear("http://127.0.0.1:9", model) as one:  # nobody listens there
        deaf = replace(model, readers=one)
        assert understand(DANGER, deaf).hazards == understand(DANGER, model).hazards
        assert understand(DANGER, deaf).urgency == understand(DANGER, model).urgency
