"""What every test shares: no way out of this machine, a home of its own, and a clock in its hand."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.clock import MovedClock
from bot.config import Settings

LONG = (  # whole files go to one worker: those that take a minute begin, and no worker ends alone with one
    # while the first worker trains the model, the others begin with what needs none
    *("conversations/test_conversations.py", "cli/test_check.py", "flows/test_guidance.py", "cli/test_team.py"),
    *("evaluation/test_locked.py", "browser/test_walk.py", "worker/test_killed.py", "turn/test_crash.py"),
    *("drill/test_drill.py", "readers/test_real_rasa.py", "worker/test_night.py", "cli/test_run.py"),
    *("cli/test_chat.py", "evaluation/test_gold.py", "evaluation/test_library.py"),
)
pytest_plugins = ["tests.store.databases"]
NIGHT = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)  # a Tuesday, 02:10 in Cần Thơ
_connect = socket.socket.connect


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long come first."""
    places = {Path(__file__).parent / name: at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


class LeftTheMachine(AssertionError):  # noqa: N818
    """A test tried to reach another machine."""


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        raise LeftTheMachine(f"{address[0]}:{address[1]}")
    _connect(self, address)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def _no_way_out() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _loopback_only)
        for name in list(os.environ):
            if name.startswith("LANGNGHE_") and not name.startswith("LANGNGHE_TEST_"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def model_home(request: pytest.FixtureRequest) -> Path:
    """A home whose model is trained once, and anew only when the data or the reader changed."""
    from bot.understanding import load_model

    home = request.config.cache.mkdir("langnghe-home")
    with (home / "training.lock").open("w") as lock:  # of the workers and scripts/test: one trains, the others wait
        fcntl.flock(lock, fcntl.LOCK_EX)
        load_model(config.load(env={"LANGNGHE_HOME": str(home)}))
    return home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    return tmp_path / "home"


@pytest.fixture
def trained_home(home: Path, model_home: Path) -> Path:
    """A home that holds a trained model and nothing else."""
    shutil.copytree(model_home / "model", home / "model")
    return home


@pytest.fixture
def settings(home: Path) -> Settings:
    """The project's own configuration with no provider, in a home of its own."""
    return config.load(env={"LANGNGHE_HOME": str(home)})


@pytest.fixture
def night() -> MovedClock:
    """A clock that stands at 02:10 of a Tuesday in Cần Thơ until the test moves it."""
    return MovedClock(NIGHT)


@pytest.fixture(scope="session")
def model(model_home: Path) -> Any:
    """The language model, trained once for the whole run."""
    from bot.understanding import load_model

    return load_model(config.load(env={"LANGNGHE_HOME": str(model_home)}))


@pytest.fixture(scope="session")
def definitions() -> Any:
    """The flows and words of the project, read once for the whole run."""
    from bot.words import load_definitions

    return load_definitions(config.load(env={}))
