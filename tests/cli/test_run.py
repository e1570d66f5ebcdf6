"""`langnghe run`: says what is wrong before a socket opens, says where it is, and stops when told to."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.command import ROOT, command, environment, langnghe


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(*arguments: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server, and what it printed until it said that it runs."""
    with subprocess.Popen(
        command(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment(home),
    ) as process:
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line or ("/console" in line and "--demo" not in arguments):
                    break
            yield process, said
        finally:
            process.kill()


def test_the_demo_says_where_to_chat_and_signs_its_officer_in_once(trained_home: Path, port: int) -> None:
    with running("run", "--demo", "--port", str(port), home=trained_home) as (process, said):
        base = f"http://127.0.0.1:{port}"
        for path in ("/chat", "/console", "/demo/phone"):
            assert f"{base}{path}" in said
        login = re.search(rf"{base}(/console/\S+)", said.split("1 lần:")[1])
        assert login is not None
        with httpx.Client(base_url=base, follow_redirects=True, trust_env=False) as browser:
            assert "111" in browser.get("/chat").text
            assert browser.get("/demo/phone").status_code == 200
            assert browser.get("/healthz").status_code == 200
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        assert process.returncode in (0, 130, -signal.SIGINT)
    assert not (trained_home / "langnghe.db").exists()  # the demo's data stands apart
    assert (trained_home / "demo" / "langnghe.db").exists()


def test_a_port_in_use_is_said_in_a_line(trained_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = langnghe("run", "--port", str(taken.getsockname()[1]), home=trained_home)
    assert ran.code == 1
    assert "--port" in ran.err
    assert "Traceback" not in ran.err


def test_without_the_demo_no_phone_is_served_and_channels_that_are_off_are_named(trained_home: Path, port: int) -> None:
    with running("run", "--port", str(port), home=trained_home) as (process, said):
        assert "/demo/phone" not in said
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as browser:
            assert browser.get("/demo/phone").status_code == 404
            assert browser.post("/webhooks/zalo", content=b"{}").status_code == 404
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert process.stderr is not None
        assert "Kênh zalo tắt" in process.stderr.read()
