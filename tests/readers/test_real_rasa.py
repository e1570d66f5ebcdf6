"""A real Rasa server, where its environment was built (`scripts/rasa install`): our components read inside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest

from bot import config
from bot.rasa import RasaFirst
from escalation.triage import assess
from nlu import understand
from nlu.model import Model
from tests.readers.rasa_server import ROOT, Server, is_built, served

pytestmark = pytest.mark.skipif(not is_built(), reason="no trained Rasa here: `make rasa` builds it (Python 3.10)")


@pytest.fixture(scope="module")
def rasa() -> Iterator[Server]:
    with served() as server:
        yield server


def test_the_server_reads_as_the_port_promises(rasa: Server, model: Model) -> None:
    assert model.readers is not None
    with closing(RasaFirst(rasa.url, rasa.token, model.readers, timeout=30.0)) as ear:  # its first answers are slow
        _asked(replace(model, readers=ear))
        assert ear.missed == 0


def _asked(there: Model) -> None:
    for text in ("ba dang cam dao ruot me", "duong e sap ve rui, e so lam"):
        signals = understand(text, there)
        found = assess(signals)
        assert found.level <= 1 or found.check
        assert "rasa" in signals.readers
    assert assess(understand("tô bún mắm này ngon quá trời", there)).level >= 2


def test_what_is_named_is_found_inside_it_but_no_number_and_no_name(rasa: Server) -> None:
    text = "em tên Hân 12 tuổi ở phường bình thủy, ba đánh gãy tay, số em 0900000001"
    answer = httpx.post(
        f"{rasa.url}/model/parse", params={"token": rasa.token}, json={"text": text}, timeout=30.0, trust_env=False
    )
    found = {(one["entity"], text[one["start"] : one["end"]]) for one in answer.json()["entities"]}
    assert {("age", "12 tuổi"), ("injury", "gãy tay")} <= found
    assert not {"phone", "name"} & {kind for kind, _ in found}


def test_without_its_token_it_says_nothing(rasa: Server) -> None:
    answer = httpx.post(f"{rasa.url}/model/parse", json={"text": "alo"}, timeout=5.0, trust_env=False)
    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_training_left_the_configuration_as_it_was() -> None:
    assert config.load(ROOT, env={}).service["nlu"]["backend"] == "embedded"
