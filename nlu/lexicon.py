"""Danger signs as data: concepts with patterns, what silences them, and what each may do by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nlu.normalise import Normalised, Words
from nlu.patterns import BadPatternError, Hit, Matcher, Piece, parse, shortest, words_of
from nlu.signals import Hazard, Urgency, Weight

PLACES = ("message", "sentence", "overlap", "before", "after")
_CONCEPT_KEYS = frozenset(
    {"id", "says", "category", "level", "weight", "language", "patterns", "strict", "unless", "despite"}
    | {"if_past", "if_under_6", "life_at_risk", "must", "must_not"}
)


@dataclass(frozen=True)
class Fault:
    """What is wrong in a document, and the way to it (keys and positions) so that a line can be named."""

    file: str
    path: tuple[str | int, ...]
    message: str


class LexiconFaultsError(ValueError):
    """The danger lexicon cannot be used as it stands."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.file} {fault.path}: {fault.message}" for fault in self.faults))


@dataclass(frozen=True)
class Context:
    """Words that take a sign its meaning: an idiom, a game, a negation. `place` says where they must stand."""

    id: str
    place: str  # message, sentence, overlap (touching the sign), before or after (within `words` words)
    words: int = 0
    default: bool = False  # silences every concept that does not say `despite`


@dataclass(frozen=True)
class Concept:
    """One danger sign."""

    id: str
    category: str
    level: Urgency
    weight: Weight
    unless: frozenset[str] = frozenset()
    if_past: Urgency | None = None
    if_under_6: Urgency | None = None
    life_at_risk: bool = False
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    file: str = ""
    place: int = 0  # among the concepts of its file


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All danger signs, compiled."""

    concepts: tuple[Concept, ...]
    contexts: Mapping[str, Context]
    words: Words
    names: Mapping[str, str]
    signs: Matcher[Concept]
    silencers: Matcher[Context]
    khmer: tuple[tuple[str, Concept], ...] = ()
    everyday: frozenset[str] = frozenset()  # every word that some sign names

    def hazards(self, message: Normalised, *, under_six: bool = False) -> tuple[Hazard, ...]:
        """The danger signs of `message`, in the order of the text, one for each concept."""
        hits = self.signs.find(message)
        if message.language == "km":
            hits += _substrings(message, self.khmer)
        if not hits:
            return ()
        around = self.silencers.find(message)
        past = _has(around, "past") and not _has(around, "still")
        under_six = under_six or _has(around, "small_child")
        found: dict[str, Hazard] = {}
        for hit in sorted(hits, key=lambda hit: (hit.start, hit.start - hit.end)):
            weight = self._weight(hit, around, message)
            if weight is None:
                continue
            concept = hit.payload
            hazard = Hazard(
                concept=concept.id,
                category=concept.category,
                level=_level(concept, past=past, under_six=under_six),
                span=message.span(hit.start, hit.end),
                weight=weight,
                life_at_risk=concept.life_at_risk,
            )
            known = found.get(concept.id)
            if known is None or STRENGTH[hazard.weight] > STRENGTH[known.weight]:
                found[concept.id] = hazard
        return tuple(found.values())

    def _weight(self, hit: Hit[Concept], around: list[Hit[Context]], message: Normalised) -> Weight | None:
        """What the hit may do; None if its context silences it. What happens to "me" "now" is at least asked about."""
        concept = hit.payload
        silenced = any(other.payload.id in concept.unless and _applies(other, hit, message.text) for other in around)
        if not silenced:
            return concept.weight
        same = [other for other in around if not _parted(message.text, other, hit)]
        if _has(same, "first_person") and _has(same, "now") and concept.weight is not Weight.EXPLAIN:
            return Weight.ASK
        return None


STRENGTH = {Weight.PAGE: 2, Weight.ASK: 1, Weight.EXPLAIN: 0}


def _level(concept: Concept, *, past: bool, under_six: bool) -> Urgency:
    level = concept.level
    if past:
        return max(level, Urgency.U2) if concept.if_past is None else concept.if_past
    if under_six and concept.if_under_6 is not None:
        level = min(level, concept.if_under_6)
    return level


def _has(hits: Iterable[Hit[Context]], name: str) -> bool:
    return any(hit.payload.id == name for hit in hits)


def _parted(text: str, one: Hit[Any], other: Hit[Any]) -> bool:
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return any(sign in between for sign in ".!?")


def _applies(context: Hit[Context], hit: Hit[Concept], text: str) -> bool:
    """Whether the context stands where it silences the hit."""
    place, words = context.payload.place, context.payload.words
    if place == "message":
        return True
    if _parted(text, context, hit):
        return False
    if place == "sentence":
        return True
    if place == "overlap":
        return context.start < hit.end and hit.start < context.end
    if place == "before":
        return context.end <= hit.start and len(text[context.end : hit.start].split()) < words
    return hit.end <= context.start and len(text[hit.end : context.start].split()) < words


def _substrings(message: Normalised, signs: Iterable[tuple[str, Concept]]) -> list[Hit[Concept]]:
    """Khmer is written without spaces between words."""
    return [Hit(concept, at, at + len(sign)) for sign, concept in signs if (at := message.text.find(sign)) >= 0]


def compile_lexicon(documents: Mapping[str, Any]) -> Lexicon:
    """The lexicon of `documents` (parsed YAML by file name). Raises LexiconFaultsError with every fault in them."""
    return _Compiler(documents).lexicon()


class _Compiler:
    def __init__(self, documents: Mapping[str, Any]) -> None:
        self.faults: list[Fault] = []
        self.documents = {name: doc for name, doc in sorted(documents.items()) if self._is_mapping(name, doc)}
        self.names: dict[str, str] = {}
        self.contexts: dict[str, Context] = {}
        self.concepts: list[Concept] = []
        self.signs: list[tuple[tuple[Piece, ...], Concept, bool]] = []
        self.silencers: list[tuple[tuple[Piece, ...], Context, bool]] = []
        self.khmer: list[tuple[str, Concept]] = []
        self.words = self._words()

    def lexicon(self) -> Lexicon:
        for document in self.documents.values():
            for name, words in (document.get("names") or {}).items():
                self.names[name] = words if isinstance(words, str) else "|".join(map(str, words))
        for file, document in self.documents.items():
            for name, entry in (document.get("contexts") or {}).items():
                self._context(file, name, entry)
        for file, document in self.documents.items():
            for n, entry in enumerate(document.get("concepts") or ()):
                self._concept(file, n, entry)
        if self.faults:
            raise LexiconFaultsError(self.faults)
        return Lexicon(
            concepts=tuple(self.concepts),
            contexts=self.contexts,
            words=self.words,
            names=self.names,
            signs=Matcher(self.signs),
            silencers=Matcher(self.silencers),
            khmer=tuple(self.khmer),
            everyday=frozenset(word for pieces, _, _ in self.signs for word in words_of(pieces)),
        )

    def _is_mapping(self, name: str, document: Any) -> bool:
        if isinstance(document, dict):
            return True
        self._fault(name, (), "tệp phải là một bảng (khóa: giá trị)")
        return False

    def _fault(self, file: str, path: tuple[str | int, ...], message: str) -> None:
        self.faults.append(Fault(file, path, message))

    def _parsed(self, file: str, path: tuple[str | int, ...], pattern: Any) -> tuple[Piece, ...] | None:
        try:
            return parse(str(pattern), self.names, self.words.tokens)
        except BadPatternError as error:
            self._fault(file, path, f"mẫu “{pattern}”: {error}")
            return None

    def _context(self, file: str, name: str, entry: Any) -> None:
        path: tuple[str | int, ...] = ("contexts", name)
        if not isinstance(entry, dict) or entry.get("place") not in PLACES:
            self._fault(file, path, f"`place` phải là một trong: {', '.join(PLACES)}")
            return
        if name in self.contexts:
            self._fault(file, path, f"ngữ cảnh `{name}` ghi hai lần")
        context = Context(name, entry["place"], int(entry.get("words", 0)), bool(entry.get("default", False)))
        self.contexts[name] = context
        for key, strict in (("patterns", False), ("strict", True)):
            for n, pattern in enumerate(entry.get(key) or ()):
                pieces = self._parsed(file, (*path, key, n), pattern)
                if pieces:
                    self.silencers.append((pieces, context, strict))

    def _concept(self, file: str, n: int, entry: Any) -> None:
        path: tuple[str | int, ...] = ("concepts", n)
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            self._fault(file, path, "mỗi dấu hiệu phải có `id`")
            return
        for key in sorted(set(entry) - _CONCEPT_KEYS):
            self._fault(file, (*path, key), f"không biết khóa `{key}`")
        before = len(self.faults)
        level = self._urgency(file, path, entry, "level")
        weight = entry.get("weight", "explain")
        if weight not in [one.value for one in Weight]:
            self._fault(file, (*path, "weight"), "`weight` phải là page, ask hoặc explain")
        for key in ("must", "must_not"):
            if not entry.get(key):
                self._fault(file, path, f"`{entry['id']}` cần ít nhất một câu mẫu `{key}`")
        if any(known.id == entry["id"] for known in self.concepts):
            self._fault(file, (*path, "id"), f"`{entry['id']}` ghi hai lần")
        unless = self._unless(file, path, entry)
        past = self._urgency(file, path, entry, "if_past") if "if_past" in entry else None
        small = self._urgency(file, path, entry, "if_under_6") if "if_under_6" in entry else None
        if level is None or len(self.faults) > before:
            return
        concept = Concept(
            id=entry["id"],
            category=str(entry.get("category", "C99")),
            level=level,
            weight=Weight(weight),
            unless=unless,
            if_past=past,
            if_under_6=small,
            life_at_risk=bool(entry.get("life_at_risk", False)),
            must=tuple(map(str, entry["must"])),
            must_not=tuple(map(str, entry["must_not"])),
            place=n,
            file=file,
        )
        self.concepts.append(concept)
        self._patterns(file, path, entry, concept)

    def _urgency(self, file: str, path: tuple[str | int, ...], entry: Mapping[str, Any], key: str) -> Urgency | None:
        value = entry.get(key)
        if isinstance(value, str) and value in Urgency.__members__:
            return Urgency[value]
        self._fault(file, (*path, key), f"`{key}` phải là U0, U1, U2, U3 hoặc U4")
        return None

    def _unless(self, file: str, path: tuple[str | int, ...], entry: Mapping[str, Any]) -> frozenset[str]:
        named = [*(entry.get("unless") or ()), *(entry.get("despite") or ())]
        for name in named:
            if name not in self.contexts:
                self._fault(file, path, f"không có ngữ cảnh `{name}`")
        usual = {context.id for context in self.contexts.values() if context.default}
        return frozenset((usual | set(entry.get("unless") or ())) - set(entry.get("despite") or ()))

    def _patterns(self, file: str, path: tuple[str | int, ...], entry: Mapping[str, Any], concept: Concept) -> None:
        if not entry.get("patterns") and not entry.get("strict"):
            self._fault(file, path, f"`{concept.id}` không có mẫu nào")
        for key, strict in (("patterns", False), ("strict", True)):
            for n, pattern in enumerate(entry.get(key) or ()):
                if entry.get("language") == "km":
                    self.khmer.append((str(pattern), concept))
                    continue
                pieces = self._parsed(file, (*path, key, n), pattern)
                if pieces is None:
                    continue
                if not strict and shortest(pieces) < 2 and entry.get("language") != "en":
                    self._fault(file, (*path, key, n), f"mẫu “{pattern}” có thể chỉ còn một từ: chuyển sang `strict`")
                # a pattern that begins with a negation means it: "không dám về"
                mine = concept if not _begins_negated(pieces) else replace(concept, unless=concept.unless - {"negated"})
                self.signs.append((pieces, mine, strict))

    def _words(self) -> Words:
        tokens: dict[str, str] = {}
        plain: dict[str, str] = {}
        before: dict[str, tuple[str, frozenset[str]]] = {}
        signs: dict[str, str] = {}
        for file, document in self.documents.items():
            for key, table in (("tokens", tokens), ("plain", plain)):
                for word, spellings in (document.get(key) or {}).items():
                    table.update((str(spelling), str(word)) for spelling in spellings)
            for entry in document.get("before") or ():
                before[entry["from"]] = (entry["to"], frozenset(entry["next"]))
            for sign, drawn in (document.get("signs") or {}).items():
                signs.update((str(one), str(sign)) for one in drawn)
            for key in ("tokens", "plain"):
                for word in document.get(key) or {}:
                    for part in str(word).split():
                        if part in tokens or part in plain:
                            self._fault(file, (key, word), f"“{part}” vừa là chữ mẫu vừa là cách viết khác")
        return Words(tokens, plain, before, signs)


def _begins_negated(pieces: tuple[Piece, ...]) -> bool:
    first = pieces[0]
    negations = ("không", "chưa", "chẳng", "hết", "đừng", "chả")
    if first.kind == "word":
        return first.word in negations
    return first.kind == "choice" and any(_begins_negated(choice) for choice in first.choices)
