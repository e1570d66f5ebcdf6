"""`langnghe evaluate`: read labelled messages, ask a reader or take a system's answers, print and write the figures."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markdown import Markdown

from bot import artefact
from bot.evaluation import variants
from bot.evaluation.figures import Pair, Share, bins, share
from bot.evaluation.gold import BadLine, Gold, Predicted, read_gold, read_predictions
from bot.evaluation.report import Report, reliability
from escalation.triage import assess
from nlu import understand
from nlu.normalise import normalise
from nlu.others import other_sex
from nlu.scores import calibrated, logit

if TYPE_CHECKING:
    from bot.config import Settings
    from nlu.model import Model
    from nlu.scores import Ear

GOLD = "gold"
DEVELOPMENT, LOCKED = "development.jsonl", "locked.jsonl"
SEED = 7
NAMED = 3  # every third message is tried with all names
QUIET_PAGED, QUIET_HEARD = 0.04, 0.0625
ORDINARY_PAGED, ORDINARY_HEARD = 0.011, 0.031  # and of ordinary sentences
DOUBT = 0.35  # see nlu.scores.alarm_of
Say = Callable[[str], Predicted]


def evaluate(
    settings: Settings,
    *,
    gold: Sequence[Path] = (),
    predictions: Path | None = None,
    ordinary: Path | None = None,
    out: Path | None = None,
    messages: bool = False,
) -> int:
    """Print the figures on `gold` (default: the locked part of data/gold); with `out`, write the report there.

    `messages`: print every missed and falsely raised one too; then the default is the development part, for nobody
    should mend single locked messages.

    `predictions`: measure another system by its JSON Lines instead of this installation's readers.
    """
    try:
        part = DEVELOPMENT if messages else LOCKED
        rows = read_gold(gold or [settings.data / GOLD / part])
        said = read_predictions(predictions) if predictions else None
    except (BadLine, OSError) as error:
        Console(stderr=True).print(str(error), markup=False, soft_wrap=True)
        return 1
    title = ", ".join(path.stem for path in gold) or part.removesuffix(".jsonl")
    report = _given(title, rows, said) if said is not None else _read(settings, title, rows, ordinary)
    text = report.to_markdown(messages=messages)
    Console(file=sys.stdout, width=100).print(Markdown(text))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.md").write_text(report.to_markdown(), "utf-8")
        (out / "report.json").write_text(json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n", "utf-8")
        (out / "reliability.svg").write_text(reliability(bins(report.pairs)), "utf-8")
    return 0


def set_thresholds(settings: Settings, ordinary: Path | None = None) -> int:
    """Choose from which alarm the transformer, alone and with the n-grams, pages and asks, on unseen messages.

    Pages as low as the quiet messages allow (QUIET_PAGED of them), asks as low as QUIET_HEARD of them allow; and no
    lower than `ordinary` sentences allow, if a file of them is given (ORDINARY_PAGED, ORDINARY_HEARD).
    """
    from bot.progress import shown
    from bot.understanding import BOTH, READER, load_model, transformer
    from nlu.scores import Reader, Readers, Thresholds

    with shown() as progress:
        model = load_model(settings, progress=progress)
    if not isinstance(model.readers, Readers):
        raise artefact.Unusable("chọn ngưỡng thì cần service.nlu.backend là embedded")
    first = model.readers.members[0]
    second, nothing = transformer(settings), Thresholds(1.0, 1.0, DOUBT)
    sentences = [] if ordinary is None else [line for line in ordinary.read_text("utf-8").split("\n") if line.strip()]
    rows = read_gold([settings.data / GOLD / DEVELOPMENT])
    found: dict[str, Any] = {}
    sets: tuple[tuple[str, tuple[Reader, ...]], ...] = ((second.name, (second,)), (BOTH, (first, second)))
    for name, readers in sets:
        alarm = partial(_alarm, Readers(readers, nothing, mender=second.restorer), model)
        read = [alarm(row.text) for row in rows]
        slope, shift = calibration(read, [row.urgent for row in rows])
        quiet = [calibrated(logit(one), slope, shift) for one, row in zip(read, rows, strict=True) if row.quiet]
        plain = [calibrated(logit(alarm(sentence)), slope, shift) for sentence in sentences]
        page = max(_above(quiet, QUIET_PAGED), _above(plain, ORDINARY_PAGED))
        check = max(_above(quiet, QUIET_HEARD), _above(plain, ORDINARY_HEARD))
        found[name] = {"page": round(page, 3), "check": round(min(check, page), 3), "doubt": DOUBT}
        found[name] |= {"slope": slope, "shift": shift}
    found["chosen_on"] = {"file": DEVELOPMENT, "messages": len(rows), "ordinary_sentences": len(sentences)}
    (settings.data / READER / "thresholds.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    Console(file=sys.stdout).print_json(data=found)
    return 0


def _alarm(ear: Ear, model: Model, text: str) -> float:
    return ear.hear(normalise(text, model.lexicon.words)).alarm


def calibration(alarms: Sequence[float], urgent: Sequence[bool]) -> tuple[float, float]:
    """Slope and shift that make of alarms the shares of messages that are urgent (Platt 1999), by Newton's method."""
    columns = np.array([(logit(alarm), 1.0) for alarm in alarms])
    was, found = np.array(urgent, float), np.array([1.0, 0.0])
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(columns @ found, -50, 50)))
        bend = (columns * (said * (1 - said))[:, None]).T @ columns + 1e-3 * np.eye(2)
        step = np.linalg.solve(bend, columns.T @ (was - said))
        found = found + step / max(1.0, float(np.linalg.norm(step)))  # a whole step may leap over the valley
    return round(float(found[0]), 3), round(float(found[1]), 3)


def _above(alarms: Sequence[float], share_let_through: float) -> float:
    """The alarm above which lies no more than a share of `alarms`; 0 where there are none."""
    return float(np.quantile(alarms, 1 - share_let_through)) + 1e-3 if alarms else 0.0


def _given(title: str, rows: Sequence[Gold], said: dict[str, Predicted]) -> Report:
    silent = Predicted("U4", False, "", "")  # a message without an answer is a missed one
    return Report(title, [(row, said.get(row.id, silent)) for row in rows], readers="as given")


def _read(settings: Settings, title: str, rows: Sequence[Gold], ordinary: Path | None) -> Report:
    from bot.progress import shown
    from bot.understanding import load_model

    with shown() as progress:
        model = load_model(settings, progress=progress)
        say = speaker(model)
        pairs = answered(rows, say)
        progress("Đo các cách viết khác", 0.5)
        return Report(
            title=title,
            pairs=pairs,
            ordinary=_ordinary(ordinary, say),
            written=rewritten(pairs, say),
            swapped=swapped(pairs, say),
            readers=_readers(model),
        )


def _readers(model: Model) -> str:
    return "+".join(understand("xin chào", model).readers)


def speaker(model: Model) -> Say:
    """What this installation says of a message read alone."""

    def say(text: str) -> Predicted:
        signals = understand(text, model)
        found = assess(signals)
        alarm = signals.alarm if signals.urgency else None
        reasons: tuple[dict[str, Any], ...] = tuple({"concept": reason.concept} for reason in found.reasons)
        return Predicted(found.level.name, found.check, found.category, signals.intent, alarm, reasons, signals.own)

    return say


def answered(rows: Sequence[Gold], say: Say) -> list[Pair]:
    """Every labelled message with what is said of it."""
    return [(row, say(row.text)) for row in rows]


def rewritten(pairs: Sequence[Pair], say: Say) -> dict[str, Share]:
    """How many urgent messages are heard when they are written in other ways."""
    urgent = [gold for gold, _ in pairs if gold.urgent]
    found = {"as written": share([pair for pair in pairs if pair[0].urgent], lambda _, said: said.heard)}
    for name, rewrite in variants.WRITTEN.items():
        dice = random.Random(SEED)  # noqa: S311 the same rewritings in every run
        changed = [replace(gold, text=rewrite(gold.text, dice)) for gold in urgent]
        found[name] = share(answered(changed, say), lambda _, said: said.heard)
    return found


def swapped(pairs: Sequence[Pair], say: Say) -> dict[str, Share]:
    """How often a message is at the very same level, and asked about or not, whoever it is told of or by.

    Told of persons of the other sex; told of somebody of another name, where one is named; by somebody of any name.
    """
    others = [{_urgency(said), _urgency(say(other))} for gold, said in pairs if (other := other_sex(gold.text))]
    of = [[variants.renamed(gold.text, name) for name in variants.NAMES] for gold, _ in pairs]
    by = [[variants.named(gold.text, name) for name in variants.NAMES] for gold, _ in pairs[::NAMED]]
    return {
        "sex": _alike(others),
        "names told": _alike([{_urgency(say(text)) for text in texts if text} for texts in of if all(texts)]),
        "names": _alike([{_urgency(say(text)) for text in texts} for texts in by]),
    }


def _urgency(said: Predicted) -> tuple[str, bool]:
    return said.urgency, said.check


def _alike(answers: Sequence[set[tuple[str, bool]]]) -> Share:
    return Share(sum(len(one) == 1 for one in answers), len(answers))


def _ordinary(path: Path | None, say: Say) -> dict[str, Share]:
    if path is None:
        return {}
    said = [say(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    return {
        "paged": Share(sum(one.paged for one in said), len(said)),
        "heard": Share(sum(one.heard for one in said), len(said)),
    }
