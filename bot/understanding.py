"""The language model on disk: read the data, load what was trained from it, or train anew and keep it."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
import yaml

from bot import artefact
from bot.asked import load_asked
from bot.problems import Problem
from bot.yamlmarks import Marked, read_marked, read_plain
from nlu import lexicon_examples
from nlu.entities import Speech, compile_speech
from nlu.examples import Example, read_examples
from nlu.lexicon import Fault, Lexicon, LexiconFaultsError, compile_lexicon
from nlu.model import Model
from nlu.normalise import VERSION
from nlu.places import Places, index, read_units

if TYPE_CHECKING:
    from bot.config import Settings
    from nlu.classifier import Classifier
    from nlu.scores import Ear, Readers
    from nlu.transformer import Transformer

SPEECH = "speech.yml"
SPELLINGS = "normalise.yml"
SHORT_FORMS = "short_forms.yml"  # learnt by the n-grams too, though by no other reader
READER = "reader"  # the folder of the artefact in data/
BOTH = "ngram+transformer"
PLACES = "cantho.csv"
FOLDERS = ("lexicon", "nlu")
FORMAT = "2"  # of the files in LANGNGHE_HOME/model

Progress = Callable[[str, float], None]
_log = structlog.get_logger(__name__)


class DataFaultsError(Exception):
    """The words that the bot understands with cannot be used; `langnghe check` lists every fault."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def load_model(settings: Settings, *, progress: Progress | None = None) -> Model:
    """The model of this installation; trained now if there is none or if the data has changed since.

    Raises DataFaultsError when the lexicon or the training data cannot be used.
    """
    try:
        lexicon, speech = _lexicon(settings)
    except LexiconFaultsError as error:
        raise DataFaultsError(_problems(settings, error.faults)) from error
    places = places_of(settings)
    identity = _identity(settings)
    classifier = _stored(settings.home / "model", identity)
    if classifier is None:
        classifier = _trained(settings, lexicon, identity, progress)
    ear: Ear = _together(settings, classifier)
    if settings.service.get("nlu", {}).get("backend") == "rasa":
        from bot.rasa import RasaFirst

        ear = RasaFirst(settings.service["nlu"]["rasa_url"], settings.rasa_token, ear)
    return Model(lexicon, speech, places, ear, load_asked(settings, lexicon.words))


def transformer(settings: Settings) -> Transformer:
    """The transformer reader that the project ships. Raises artefact.Unusable with the reason."""
    return artefact.load_transformer(settings.data / READER, (settings.data / "lexicon" / SPELLINGS).read_bytes())


def _together(settings: Settings, classifier: Classifier) -> Readers:
    """The trained readers as one; the n-gram reader alone where the other cannot be used (`langnghe doctor` tells)."""
    from nlu.scores import Readers, Thresholds

    alone = Readers((classifier,), Thresholds(classifier.page, classifier.check))
    try:
        second = transformer(settings)
        both = artefact.thresholds(settings.data / READER, BOTH)
    except artefact.Unusable as error:
        _log.warning("understanding.one_reader", error=type(error).__name__)
        return alone
    if (second.categories, second.intents) != (classifier.categories, classifier.intents):
        return alone
    return Readers((classifier, second), both, mender=second.restorer)


def problems(settings: Settings) -> list[Problem]:
    """Everything wrong in data/lexicon, data/nlu and data/places, with file and line."""
    found: list[Problem] = []
    found += [Problem(f"data/{folder}", 0, "không có tệp nào") for folder in FOLDERS if not _files(settings, folder)]
    for path in _files(settings, "lexicon"):
        found += read_marked(path.read_text("utf-8"), _shown(settings, path)).problems
    if found:
        return found
    try:
        found += _problems(settings, lexicon_examples.broken(_lexicon(settings)[0]))
    except LexiconFaultsError as error:
        found += _problems(settings, error.faults)
    try:
        _, faults = read_examples(_documents(settings, "nlu"))
        found += _problems(settings, faults)
    except yaml.YAMLError as error:
        found.append(Problem("data/nlu", 0, f"YAML sai cú pháp: {getattr(error, 'problem', '')}"))
    try:
        places_of(settings)
    except (OSError, KeyError, csv.Error):
        found.append(Problem(f"data/places/{PLACES}", 0, "không đọc được bảng đơn vị hành chính"))
    return found


def _files(settings: Settings, folder: str) -> list[Path]:
    return sorted((settings.data / folder).glob("*.yml"))


def _shown(settings: Settings, path: Path) -> str:
    return f"data/{path.relative_to(settings.data).as_posix()}"


def _documents(settings: Settings, folder: str) -> dict[str, Any]:
    return {_shown(settings, path): read_plain(path) for path in _files(settings, folder)}


def _lexicon(settings: Settings) -> tuple[Lexicon, Speech]:
    documents = _documents(settings, "lexicon")
    file = f"data/lexicon/{SPEECH}"
    document = documents.pop(file, None)
    lexicon = compile_lexicon(documents)
    return lexicon, compile_speech(file, document, lexicon.names, lexicon.words)


def places_of(settings: Settings) -> Places:
    """The communes and wards of the installation's city. Raises OSError, KeyError or csv.Error."""
    with (settings.data / "places" / PLACES).open(encoding="utf-8", newline="") as file:
        return index(read_units(file))


def _problems(settings: Settings, faults: list[Fault] | tuple[Fault, ...]) -> list[Problem]:
    marks: dict[str, Marked] = {}
    found = []
    for fault in faults:
        if fault.file not in marks:
            path = settings.data / fault.file.removeprefix("data/")
            text = path.read_text("utf-8") if path.is_file() else ""
            marks[fault.file] = read_marked(text, fault.file)
        found.append(Problem(fault.file, marks[fault.file].line(*fault.path), fault.message))
    return found


def _identity(settings: Settings) -> str:
    """What a trained model must have been made from: data, spellings, code of the reader."""
    digest = hashlib.sha256(f"{FORMAT}|{VERSION}".encode())
    for path in (*_files(settings, "nlu"), *(settings.data / "lexicon" / name for name in (SPELLINGS, SHORT_FORMS))):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    for module in ("features.py", "others.py", "train.py"):
        digest.update((Path(__file__).parent.parent / "nlu" / module).read_bytes())
    return digest.hexdigest()


def _stored(folder: Path, identity: str) -> Classifier | None:
    """The classifier kept in `folder`, or None if it is missing, damaged or made from something else."""
    try:
        meta = json.loads((folder / "model.json").read_text("utf-8"))
        if meta.get("identity") != identity:
            return None
        return _opened(folder, meta)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _opened(folder: Path, meta: dict[str, Any]) -> Classifier:
    import numpy as np

    from nlu.classifier import Classifier

    names = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
    with np.load(folder / "model.npz", allow_pickle=False) as arrays:
        idf, weights, bias = arrays["idf"], arrays["weights"].astype(np.float32), arrays["bias"]
    if not len(names) == len(idf) == len(weights):
        raise ValueError("vocabulary and weights differ in length")
    return Classifier(
        vocabulary={name: row for row, name in enumerate(names)},
        idf=idf,
        weights=weights,
        bias=bias,
        categories=tuple(meta["categories"]),
        intents=tuple(meta["intents"]),
        page=float(meta["page"]),
        check=float(meta["check"]),
        meta=meta,
    )


def _trained(settings: Settings, lexicon: Lexicon, identity: str, progress: Progress | None) -> Classifier:
    from nlu.train import train

    examples, faults = read_examples(_documents(settings, "nlu"))
    if faults or not examples:
        raise DataFaultsError(_problems(settings, faults) or [Problem("data/nlu", 0, "không có ví dụ nào")])
    classifier = train(examples, lexicon.words, progress=progress)
    _keep(settings.home / "model", classifier, identity, examples)
    return classifier


def _keep(folder: Path, classifier: Classifier, identity: str, examples: list[Example]) -> None:
    """Write all files beside the old ones and swap the folders, so that a crash leaves one whole model or none."""
    import numpy as np

    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="model-", dir=folder.parent))
    np.savez(
        fresh / "model.npz", idf=classifier.idf, weights=classifier.weights.astype(np.float16), bias=classifier.bias
    )
    (fresh / "vocabulary.txt").write_text("\n".join(classifier.vocabulary), "utf-8", newline="\n")
    meta = {
        "identity": identity,
        "normaliser": VERSION,
        "examples": len(examples),
        "categories": classifier.categories,
        "intents": classifier.intents,
        "page": classifier.page,
        "check": classifier.check,
    }
    (fresh / "model.json").write_text(json.dumps(meta, ensure_ascii=False, indent=1), "utf-8")
    old = fresh.with_name(fresh.name + "-old")
    with contextlib.suppress(FileNotFoundError):
        os.replace(folder, old)
    try:
        os.replace(fresh, folder)
    except OSError:  # another process has just put its own there
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
