"""The words that a person reads: responses, forms of address and numbers, and how one message is put together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fnmatch import fnmatchcase

from flows.condition import Facts
from flows.effects import Choice
from flows.yamltree import DefinitionProblem, Tree, entries, mapping, phrases, read, words

VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Variation:
    """One wording of a response, used when all its conditions fit."""

    text: str
    choices: tuple[Choice, ...]
    conditions: tuple[tuple[str, str | bool | None], ...]
    line: int

    def fits(self, facts: Facts) -> bool:
        """Whether every condition holds."""
        return all(facts.get(name) == value for name, value in self.conditions)


@dataclass(frozen=True)
class Response:
    """All wordings of one message, the particular ones before the general."""

    key: str
    variations: tuple[Variation, ...]
    file: str
    line: int

    def choose(self, facts: Facts) -> Variation:
        """The first wording that fits; a response whose conditions all fail says its last wording."""
        for variation in self.variations:
            if variation.fits(facts):
                return variation
        return self.variations[-1]


@dataclass(frozen=True)
class Language:
    """Everything said in one language."""

    code: str
    file: str
    responses: Mapping[str, Response] = field(default_factory=dict)
    complete: bool = False  # says everything; otherwise what it lacks is said in Vietnamese


@dataclass(frozen=True)
class Service:
    """One number or address in the directory, with the day somebody made sure of it."""

    id: str
    number: str
    name: str
    hours: str
    fee: str
    verified_on: date | None
    file: str
    line: int
    safety: bool = False  # never hidden, however long ago it was verified


@dataclass(frozen=True)
class Address:
    """How a person is called, and which words tell that they are to be called so."""

    id: str
    role: str
    audience: str
    forms: Mapping[str, Mapping[str, str]]  # language → variable → word
    cues: tuple[str, ...]
    unless: tuple[str, ...]
    itself: tuple[str, ...] = ()  # single words that tell it where somebody speaks of harm to themselves


@dataclass(frozen=True)
class Rules:
    """What no message may say, as lists that a reviewer can lengthen."""

    never: tuple[str, ...] = ()
    shown_on_a_locked_screen: tuple[str, ...] = ()  # words that the first 40 characters may not show
    claims_to_be_human: tuple[str, ...] = ()
    bureaucratic: tuple[str, ...] = ()
    diagnosis: tuple[str, ...] = ()  # the names of illnesses: only a doctor gives them
    must_name_child_line: tuple[str, ...] = ()  # responses; "utter_reply_*" is every one that begins so
    must_open_neutral: tuple[str, ...] = ()

    def names_child_line(self, response: str) -> bool:
        """Whether the child line must stand in this response."""
        return any(fnmatchcase(response, name) for name in self.must_name_child_line)

    def opens_neutral(self, response: str) -> bool:
        """Whether the beginning of this response must not show what is talked about."""
        return any(fnmatchcase(response, name) for name in self.must_open_neutral)


@dataclass(frozen=True)
class Directory:
    """Services, forms of address, office hours and rules."""

    services: Mapping[str, Service] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    rules: Rules = field(default_factory=Rules)
    office_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    office_from: str = "07:00"
    office_to: str = "17:00"
    utc_offset: int = 7  # hours
    bands: tuple[tuple[str, float], ...] = ()  # audience → age below which a young person belongs to it
    check_back: Mapping[str, str] = field(default_factory=dict)  # choice → "30m", "2h", "08:00", or "" for never
    after_care_days: int = 3  # from closing a case to the one question whether they are safe
    lesson_hours: int = 24  # between the lessons of a course
    elsewhere: tuple[str, ...] = ()  # names of places outside the area that is served here
    home: tuple[str, ...] = ()  # names of the area itself
    laws: Mapping[str, str] = field(default_factory=dict)  # variable → how an article of law is called
    named_after_places: tuple[str, ...] = ()  # words before such a name that make it one of a street or a market
    vocatives: tuple[str, ...] = ()  # words with which somebody older calls the bot: no words for themselves
    pages: str = ""  # address of this installation's pages, without a slash at the end

    @property
    def variables(self) -> Mapping[str, str]:
        """so_<id> for every service, and the names of articles of law."""
        return {**self.laws, **{f"so_{service.id}": service.number for service in self.services.values()}}


def fill(text: str, variables: Mapping[str, str]) -> str:
    """`text` with its {variables}; what is put in is never read again, and an unknown name stays as it is."""
    return VARIABLE.sub(lambda match: variables.get(match[1], match[0]), text)


def address_words(directory: Directory, address: str, language: str) -> Mapping[str, str]:
    """The forms of address for a person, each also with a capital letter: ban and Ban, minh and Minh."""
    forms: Mapping[str, str] = {}
    for entry in directory.addresses:
        if entry.id in (address, "unknown"):
            found = entry.forms.get(language) or entry.forms.get("vi") or {}
            forms = found if entry.id == address or not forms else forms
    return {**forms, **{name[:1].upper() + name[1:]: word[:1].upper() + word[1:] for name, word in forms.items()}}


def read_language(tree: Tree) -> tuple[Language, list[DefinitionProblem]]:
    """One file of Rasa `responses:`; its name is the language."""
    code = tree.file.rsplit("/", 1)[-1].split(".", 1)[0]
    problems: list[DefinitionProblem] = []
    found: dict[str, Response] = {}
    for key, listed in mapping(tree.value.get("responses")).items():
        variations = []
        for place, item in entries(listed):
            line = tree.line("responses", key, place)
            text = item.get("text")
            if not isinstance(text, str) or not text.strip():
                problems.append(DefinitionProblem(tree.file, line, f"`{key}` thiếu câu chữ (text)"))
                continue
            choices = tuple(
                Choice(str(button.get("title", "")), str(button.get("payload", "")))
                for _, button in entries(item.get("buttons"))
            )
            variations.append(Variation(text.strip(), choices, _conditions(item.get("condition")), line))
        if variations:
            variations.sort(key=lambda variation: -len(variation.conditions))
            found[key] = Response(key, tuple(variations), tree.file, tree.line("responses", key))
        else:
            problems.append(tree.problem(f"`{key}` không có câu nào", "responses", key))
    return Language(code, tree.file, found, complete=tree.value.get("complete") is True), problems


def _conditions(value: object) -> tuple[tuple[str, str | bool | None], ...]:
    found: list[tuple[str, str | bool | None]] = []
    for _, item in entries(value):
        wanted = item.get("value")
        found.append((str(item.get("name", "")), wanted if isinstance(wanted, bool | None) else str(wanted)))
    return tuple(found)


def read_directory(documents: Mapping[str, str]) -> tuple[Directory, list[DefinitionProblem]]:
    """All files of the directory folder together."""
    problems: list[DefinitionProblem] = []
    services: dict[str, Service] = {}
    addresses: list[Address] = []
    vocatives: tuple[str, ...] = ()
    rules, office, later = Rules(), mapping(None), mapping(None)
    outside: Mapping[str, object] = {}
    laws: dict[str, str] = {}
    for file, text in sorted(documents.items()):
        tree, found = read(file, text)
        problems += found
        for place, item in entries(tree.value.get("services")):
            service = _service(tree, place, item)
            if service.verified_on is None or not service.number:
                problems.append(tree.problem(f"`{service.id}` thiếu số hoặc ngày kiểm tra", "services", place))
            services[service.id] = service
        addresses += [_address(item) for _, item in entries(tree.value.get("addresses"))]
        vocatives += phrases(tree.value.get("vocatives"))
        laws |= {
            str(one["variable"]): str(one.get("name")) for _, one in entries(tree.value.get("law")) if "variable" in one
        }
        if "rules" in tree.value:
            rules, strange = _rules(tree)
            problems += strange
        office = mapping(tree.value.get("office")) or office
        later = mapping(tree.value.get("later")) or later
        outside = mapping(tree.value.get("elsewhere")) or outside
    if not any(address.id == "unknown" for address in addresses):
        problems.append(DefinitionProblem("data/directory/addresses.yml", 0, "thiếu cách xưng hô `unknown`"))
    days = tuple(int(day) for day in words(office.get("days")) if day.isdigit())
    return Directory(
        services,
        tuple(addresses),
        rules,
        days or (0, 1, 2, 3, 4),
        str(office.get("from", "07:00")),
        str(office.get("to", "17:00")),
        bands=tuple((name, float(str(below))) for name, below in mapping(later.get("bands")).items()),
        check_back={name: str(after or "") for name, after in mapping(later.get("check_back")).items()},
        after_care_days=int(str(later.get("after_care_days", 3))),
        lesson_hours=int(str(later.get("lesson_hours", 24))),
        laws=laws,
        elsewhere=words(outside.get("names")),
        home=words(outside.get("home")),
        named_after_places=words(outside.get("streets")),
        vocatives=vocatives,
    ), problems


def _rules(tree: Tree) -> tuple[Rules, list[DefinitionProblem]]:
    listed = {name: words(value) for name, value in mapping(tree.value["rules"]).items()}
    known = {rule.name for rule in fields(Rules)}
    strange = [tree.problem(f"không biết quy tắc `{name}`", "rules", name) for name in listed if name not in known]
    return Rules(**{name: value for name, value in listed.items() if name in known}), strange


def _service(tree: Tree, place: int, item: Mapping[str, object]) -> Service:
    verified = item.get("verified_on")
    return Service(
        id=str(item.get("id", "")),
        number=str(item.get("number") or item.get("address") or ""),
        name=str(item.get("name", "")),
        hours=str(item.get("hours", "")),
        fee=str(item.get("fee", "")),
        verified_on=verified if isinstance(verified, date) else None,
        file=tree.file,
        line=tree.line("services", place),
        safety=bool(item.get("safety")),
    )


def _address(item: Mapping[str, object]) -> Address:
    return Address(
        id=str(item.get("id", "")),
        role=str(item.get("role", "unknown")),
        audience=str(item.get("audience", "")),
        forms={
            str(language): {str(name): str(word) for name, word in mapping(forms).items()}
            for language, forms in mapping(item.get("forms")).items()
        },
        cues=phrases(item.get("cues")),
        unless=phrases(item.get("unless")),
        itself=words(item.get("itself")),
    )
