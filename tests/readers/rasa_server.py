"""A real Rasa server on loopback, started from the environment and the model that `make rasa` built."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
TRAINED = ROOT / "var" / "rasa" / "langnghe.tar.gz"
PATIENCE = 300.0  # seconds for TensorFlow to load on a busy machine


@dataclass(frozen=True)
class Server:
    """Where it listens, with what token, and its process."""

    url: str
    token: str
    pid: int

    @property
    def megabytes(self) -> float:
        """Memory that its process holds now."""
        for line in Path(f"/proc/{self.pid}/status").read_text("ascii").split("\n"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def is_built() -> bool:
    """Whether Rasa's environment and a trained model are on this machine."""
    return RASA.exists() and TRAINED.exists()


@contextmanager
def served() -> Iterator[Server]:
    """The server, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    env = {**os.environ, "LANGNGHE_RASA_TOKEN": token, "LANGNGHE_RASA_PORT": str(port), "LANGNGHE_HOME": "var"}
    with subprocess.Popen(
        [ROOT / "scripts" / "rasa", "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            _wait(url, process)
            yield Server(url, token, process.pid)
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
