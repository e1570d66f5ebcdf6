"""A real Rasa server, where its environment was built (`scripts/rasa install`): our components read inside it."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot import config
from bot.rasa import RasaFirst
from escalation.triage import assess
from nlu import understand
from nlu.model import Model

ROOT = Path(__file__).resolve().parents[2]
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
TRAINED = ROOT / "var" / "rasa" / "langnghe.tar.gz"
PATIENCE = 120.0  # seconds for TensorFlow to load

pytestmark = pytest.mark.skipif(
    not (RASA.exists() and TRAINED.exists()), reason="no trained Rasa here: `make rasa` builds it (Python 3.10)"
)


@pytest.fixture(scope="module")
def rasa() -> Iterator[tuple[str, str]]:
    """Its address and its token."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    env = {**os.environ, "LANGNGHE_RASA_TOKEN": token, "LANGNGHE_RASA_PORT": str(port)}
    with subprocess.Popen(
        [ROOT / "scripts" / "rasa", "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url, process)
            yield url, token
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, "Rasa did not start"
        try:
            if httpx.get(f"{url}/version", timeout=1.0, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            continue
    raise AssertionError("Rasa is not up")


def test_the_server_reads_as_the_port_promises(rasa: tuple[str, str], model: Model) -> None:
    assert model.readers is not None
    with closing(RasaFirst(*rasa, model.readers, timeout=30.0)) as ear:  # its first answers are slow
        _asked(replace(model, readers=ear))
        assert ear.missed == 0


def _asked(there: Model) -> None:
    for text in ("ba dang cam dao ruot me", "duong e sap ve rui, e so lam"):
        signals = understand(text, there)
        found = assess(signals)
        assert found.level <= 1 or found.check
        assert "rasa" in signals.readers
    assert assess(understand("tô bún mắm này ngon quá trời", there)).level >= 2


def test_without_its_token_it_says_nothing(rasa: tuple[str, str]) -> None:
    answer = httpx.post(f"{rasa[0]}/model/parse", json={"text": "alo"}, timeout=5.0, trust_env=False)
    assert answer.status_code == httpx.codes.UNAUTHORIZED


def test_training_left_the_configuration_as_it_was() -> None:
    assert config.load(ROOT, env={}).service["nlu"]["backend"] == "embedded"
