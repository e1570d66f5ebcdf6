"""`make train` on a tiny set, in its own environment where it was made: one artefact, the same for the same seed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot.artefact import load_transformer
from nlu.normalise import normalise

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-train" / "bin" / "python"
DATA = ROOT / "data"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="scripts/train setup makes the environment of the training")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    further = tmp_path_factory.mktemp("further")
    ordinary = folders[0] / "ordinary.txt"
    ordinary.write_text("\n".join(f"hôm nay ăn bánh xèo quán thứ {n} ngon quá" for n in range(30)), "utf-8")

    def train(folder: Path, *more: str | Path) -> None:
        asked = [PYTHON, "-W", "ignore", "-m", "nlu.training", "--tiny", "--threads", "1", "--layers", "3"]
        asked += [
            "--paired",
            "1",
            "--inner",
            "1024",
            "--teacher",
            DATA / "reader",
            "--ordinary",
            ordinary,
            "--out",
            folder / "reader",
        ]
        subprocess.run(
            [*map(str, asked), *map(str, more)],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(train, folders))
    train(further, "--start", folders[0] / "reader")
    return [folder / "reader" for folder in (*folders, further)]


def test_what_a_run_writes_can_be_read_with(runs: list[Path]) -> None:
    reader = load_transformer(runs[0], (DATA / "lexicon" / "normalise.yml").read_bytes())
    scores = reader.read(normalise("ba đánh con chảy máu rồi cứu con"))
    for shares in (scores.urgency, scores.category, scores.intent):
        assert float(np.sum(shares)) == pytest.approx(1, abs=1e-3)
    assert scores.known


def test_the_manifest_tells_how_it_was_made(runs: list[Path]) -> None:
    made = json.loads((runs[0] / "manifest.json").read_text("utf-8"))["made"]
    assert made["recipe"]["layers"] == 3
    assert made["recipe"]["paired"] == 1
    assert made["recipe"]["inner"] == 1024
    assert made["ordinary_sentences"] == 20
    assert made["texts"] > made["messages"] > 100
    assert made["teachers_sha256"] == [hashlib.sha256((DATA / "reader" / "model.onnx").read_bytes()).hexdigest()]
    assert made["started_from_sha256"] is None


def test_a_narrower_reader_is_smaller(runs: list[Path]) -> None:
    kept = 3 * 2 * 384 * 1024  # bytes of the feed-forward parts of three layers; whole they have half as many again
    size = (runs[0] / "model.onnx").stat().st_size
    words = len(json.loads((runs[0] / "vocabulary.json").read_text("utf-8"))["pieces"]) * 384
    rest = 3 * 4 * 384 * 384 + 128 * 384
    assert words + rest + kept < size < words + rest + kept * 1.25


def test_the_same_seed_makes_the_same_reader(runs: list[Path]) -> None:
    first, second, further = (json.loads((run / "manifest.json").read_text("utf-8"))["files"] for run in runs)
    assert first == second
    assert first["model.onnx"] != further["model.onnx"]


def test_a_run_goes_on_from_another(runs: list[Path]) -> None:
    made = json.loads((runs[2] / "manifest.json").read_text("utf-8"))["made"]
    assert made["started_from_sha256"] == hashlib.sha256((runs[0] / "model.onnx").read_bytes()).hexdigest()
    spellings = (DATA / "lexicon" / "normalise.yml").read_bytes()
    before, after = (load_transformer(run, spellings).read(normalise("ba đánh con")) for run in (runs[0], runs[2]))
    assert float(np.abs(before.category - after.category).max()) < 0.3  # it goes on, it does not begin anew
