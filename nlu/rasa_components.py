"""Our reading inside Rasa 3: the same words, the same danger signs, and the n-gram reader for urgency and category.

Loaded by a Rasa process (Python 3.10), never by the server. Run as a program it writes labelled messages as a Rasa
training file: `python -m nlu.rasa_components MESSAGES.jsonl OUT.yml`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, INTENT, METADATA, METADATA_EXAMPLE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.classifier import Classifier
from nlu.entities import Speech, compile_speech, find_entities
from nlu.examples import Example
from nlu.lexicon import Lexicon, compile_lexicon
from nlu.normalise import normalise
from nlu.places import Places, find_places, index, read_units
from nlu.train import train

DATA = Path("data")  # Rasa is started in the project's folder
SPEECH = "speech.yml"
PLACES = "cantho.csv"
PROTECTED = ("phone", "name")
NOTHING = "∅"  # stands for a message without a word
TRIAGE = "triage"  # the key of the answer of /model/parse

_lexicon: list[Lexicon] = []


def lexicon() -> Lexicon:
    """The danger signs of data/lexicon, compiled once."""
    if not _lexicon:
        files = sorted((DATA / "lexicon").glob("*.yml"))
        documents = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in files if path.name != SPEECH}
        _lexicon.append(compile_lexicon(documents))
    return _lexicon[0]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LangNgheTokenizer(Tokenizer):
    """Words as our normaliser spells them: the token is the folded word, its lemma the word with marks."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set beyond what every tokenizer of Rasa has."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LangNgheTokenizer:
        """Rasa's constructor."""
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of one message, each at its place in the person's own text."""
        text = str(message.get(attribute) or "")
        if attribute == INTENT:
            return [Token(text, 0)]
        read = normalise(text, lexicon().words)
        found, at = [], 0
        for token in read.tokens:
            plain = read.folded[at : at + len(token.text)]
            found.append(Token(plain, token.start, token.end, lemma=token.text))
            at += len(token.text) + 1
        return found or [Token(NOTHING, 0, len(text))]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LexiconFeaturizer(SparseFeaturizer, GraphComponent):
    """One feature a danger sign: whether it stands in the message."""

    @classmethod
    def required_components(cls) -> list[type]:
        """After the words."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """As every featurizer of Rasa."""
        return {**SparseFeaturizer.get_default_config()}

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._column = {concept.id: n for n, concept in enumerate(lexicon().concepts)}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexiconFeaturizer:
        """Rasa's constructor."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to check."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the features to messages that are read."""
        for message in messages:
            self._add(message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to messages that are learnt from."""
        self.process(training_data.training_examples)
        return training_data

    def _add(self, message: Message) -> None:
        read = normalise(str(message.get(TEXT) or ""), lexicon().words)
        row = np.zeros((1, len(self._column)), np.float32)
        for hazard in lexicon().hazards(read, under_six=False):
            row[0, self._column[hazard.concept]] = 1.0
        features = Features(
            scipy.sparse.coo_matrix(row), FEATURE_TYPE_SENTENCE, TEXT, self._config.get("alias", self._identifier)
        )
        message.add_features(features)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LangNgheEntities(GraphComponent, EntityExtractorMixin):
    """Age, school year, time, relation, injury, weapon, number of children and place, as the server finds them.

    Phone numbers and names are left out: Rasa keeps what it is told, and those are to be protected.
    """

    def __init__(self) -> None:
        document = yaml.safe_load((DATA / "lexicon" / SPEECH).read_text("utf-8"))
        self._speech: Speech = compile_speech(SPEECH, document, lexicon().names, lexicon().words)
        with (DATA / "places" / PLACES).open(encoding="utf-8", newline="") as file:
            self._places: Places = index(read_units(file))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set."""
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LangNgheEntities:
        """Rasa's constructor."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Put what is named in each message beside what other components found."""
        for message in messages:
            read = normalise(str(message.get(TEXT) or ""), lexicon().words)
            found = [
                {"entity": one.kind, "value": one.value, "start": one.span.start, "end": one.span.end}
                for one in (*find_entities(read, self._speech), *find_places(read, self._places))
                if one.kind not in PROTECTED
            ]
            message.set(ENTITIES, [*(message.get(ENTITIES) or ()), *self.add_extractor_name(found)], add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TriageReader(GraphComponent):
    """The n-gram reader: its probabilities of urgency, category and intent stand beside Rasa's intent."""

    def __init__(self, resource: Resource, storage: ModelStorage, classifier: Classifier | None = None) -> None:
        self._resource, self._storage, self._classifier = resource, storage, classifier

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set."""
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TriageReader:
        """Rasa's constructor."""
        return cls(resource, model_storage)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the same messages; their urgency and category travel as metadata of the examples."""
        examples = [_example(message) for message in training_data.intent_examples]
        self._classifier = train(examples, lexicon().words)
        self._persist(self._classifier)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing that a later component learns from."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Put the probabilities beside Rasa's answer."""
        for message in messages:
            if self._classifier is not None:
                scores = self._classifier.read(normalise(str(message.get(TEXT) or ""), lexicon().words))
                answer = {
                    "urgency": [float(one) for one in scores.urgency],
                    "category": dict(zip(self._classifier.categories, map(float, scores.category), strict=True)),
                    "intent": dict(zip(self._classifier.intents, map(float, scores.intent), strict=True)),
                    "known": bool(scores.known),
                    "thresholds": {"page": self._classifier.page, "check": self._classifier.check},
                }
                message.set(TRIAGE, answer, add_to_output=True)
        return messages

    def _persist(self, classifier: Classifier) -> None:
        with self._storage.write_to(self._resource) as folder:
            names = list(classifier.vocabulary)
            np.savez(folder / "model.npz", idf=classifier.idf, weights=classifier.weights, bias=classifier.bias)
            meta = {
                "names": names,
                "categories": classifier.categories,
                "intents": classifier.intents,
                "page": classifier.page,
                "check": classifier.check,
            }
            (folder / "model.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TriageReader:
        """The reader that was trained."""
        with model_storage.read_from(resource) as folder:
            meta = json.loads((folder / "model.json").read_text("utf-8"))
            with np.load(folder / "model.npz", allow_pickle=False) as arrays:
                classifier = Classifier(
                    vocabulary={name: row for row, name in enumerate(meta["names"])},
                    idf=arrays["idf"],
                    weights=arrays["weights"],
                    bias=arrays["bias"],
                    categories=tuple(meta["categories"]),
                    intents=tuple(meta["intents"]),
                    page=meta["page"],
                    check=meta["check"],
                )
        return cls(resource, model_storage, classifier)


def _example(message: Message) -> Example:
    metadata = (message.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}

    def also(key: str) -> tuple[str, ...]:
        return tuple(map(str, metadata.get(key) or ()))

    return Example(
        text=str(message.get(TEXT)),
        intent=str(message.get(INTENT)),
        category=str(metadata.get("category", "C99")),
        urgency=str(metadata.get("urgency", "U4")),
        also_intent=also("also_intent"),
        also_category=also("also_category"),
        also_urgency=also("also_urgency"),
        own=str(metadata.get("own", "none")),
    )


def as_training_file(lines: list[str]) -> str:
    """Labelled messages (JSON Lines) as a Rasa training file, for `rasa test nlu`."""
    by_intent: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        if line.strip():
            row = json.loads(line)
            by_intent.setdefault(row["intent"], []).append({"text": row["text"].strip() + "\n"})
    blocks = [{"intent": intent, "examples": examples} for intent, examples in sorted(by_intent.items())]
    return yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False)


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(as_training_file(Path(sys.argv[1]).read_text("utf-8").split("\n")), "utf-8")
