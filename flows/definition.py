"""Flows, words, numbers and guidance as values: what the engine runs, read from the text of data files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows import condition
from flows.guidance import Library, read_library
from flows.responses import Directory, Language, read_directory, read_language
from flows.yamltree import DefinitionProblem, Path, Tree, entries, listing, mapping, read, words

END = "END"


@dataclass(frozen=True)
class Branch:
    """Where to go when a condition holds; without one, always."""

    when: condition.Condition | None
    target: str  # a step of the same flow, or END


@dataclass(frozen=True)
class Step:
    """What every step has: an id of its own, its line, and where it leads."""

    id: str
    line: int
    next: tuple[Branch, ...]


@dataclass(frozen=True)
class Act(Step):
    """Say a response (utter_…) or do a named action (action_…)."""

    action: str


@dataclass(frozen=True)
class Rejection:
    """An answer that is asked for once more, with other words."""

    when: condition.Condition
    utter: str


@dataclass(frozen=True)
class Collect(Step):
    """One question. It is skipped when the slot is known, and the person may always skip it."""

    slot: str
    utter: str
    ask_before_filling: bool = False
    rejections: tuple[Rejection, ...] = ()
    silence: int = 0  # minutes without an answer, after which `silent` is next; 0 = wait for ever
    silent: str = END


@dataclass(frozen=True)
class Link(Step):
    """Leave this flow for another one."""

    flow: str


@dataclass(frozen=True)
class Call(Step):
    """Walk another flow, then come back."""

    flow: str


@dataclass(frozen=True)
class SetSlots(Step):
    """Give slots fixed values."""

    values: tuple[tuple[str, str | bool | None], ...]


@dataclass(frozen=True)
class Noop(Step):
    """Only decide where to go."""


@dataclass(frozen=True)
class Flow:
    """One conversation path, and what the engine must know about it."""

    id: str
    file: str
    line: int
    name: str
    description: str
    steps: Mapping[str, Step]
    first: str
    startable: bool = False  # a choice may start it
    sticky: bool = False  # its questions are answered before anything else is understood
    intro: bool = True  # a first message is preceded by who is speaking
    safety: bool = False  # any answer but a clear one is danger
    questions: int = 5  # at most
    finish: str | None = None  # the step that "gửi luôn" jumps to


@dataclass(frozen=True)
class SlotType:
    """What an answer may be."""

    name: str
    type: str  # text, bool, choice, place, code
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offers: str = ""  # choices that are worked out: topics, cards, places
    unsafe_when: bool | None = None  # this answer is danger whenever it is given
    report: bool = False  # part of a report, kept verbatim
    clear: bool = False  # only a clear yes is a yes


@dataclass(frozen=True)
class Route:
    """What a message wants: the first route whose condition holds names the flow (or the kind of danger)."""

    when: condition.Condition | None
    then: str
    file: str
    line: int


@dataclass(frozen=True)
class Definitions:
    """Everything that is said and asked, ready to run."""

    flows: Mapping[str, Flow]
    slots: Mapping[str, SlotType]
    routes: tuple[Route, ...]
    interrupts: tuple[Route, ...]
    dangers: tuple[Route, ...]
    languages: Mapping[str, Language]
    directory: Directory
    library: Library
    places: Mapping[str, str] = field(default_factory=dict)  # unit code → name


@dataclass(frozen=True)
class Sources:
    """The texts of all files, by a name that problems show."""

    flows: Mapping[str, str]
    responses: Mapping[str, str]
    directory: Mapping[str, str]
    guidance: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)


class DefinitionProblems(ValueError):  # noqa: N818
    """The flows or words cannot be used; `problems` lists everything that must be mended."""

    def __init__(self, problems: list[DefinitionProblem]) -> None:
        super().__init__(f"{len(problems)} problems in flows or words")
        self.problems = problems


def build(sources: Sources) -> Definitions:
    """Definitions that passed every check, or DefinitionProblems."""
    from flows.checker import check

    definitions, problems = parse(sources)
    problems = problems + check(definitions)
    if problems:
        raise DefinitionProblems(sorted(set(problems)))
    return definitions


def parse(sources: Sources) -> tuple[Definitions, list[DefinitionProblem]]:
    """As much as can be read, and what could not; meaning is checked elsewhere."""
    reader = _Reader()
    for file, text in sorted(sources.flows.items()):
        tree, problems = read(file, text)
        reader.problems += problems
        reader.document(tree)
    languages: dict[str, Language] = {}
    for file, text in sorted(sources.responses.items()):
        tree, problems = read(file, text)
        language, more = read_language(tree)
        languages[language.code] = language
        reader.problems += problems + more
    directory, problems = read_directory(sources.directory)
    library, more = read_library(sources.guidance)
    reader.problems += problems + more
    definitions = Definitions(
        flows=reader.flows,
        slots=reader.slots,
        routes=tuple(reader.routes),
        interrupts=tuple(reader.interrupts),
        dangers=tuple(reader.dangers),
        languages=languages,
        directory=directory,
        library=library,
        places=sources.places,
    )
    return definitions, reader.problems


class _Reader:
    def __init__(self) -> None:
        self.problems: list[DefinitionProblem] = []
        self.flows: dict[str, Flow] = {}
        self.slots: dict[str, SlotType] = {}
        self.routes: list[Route] = []
        self.interrupts: list[Route] = []
        self.dangers: list[Route] = []

    def document(self, tree: Tree) -> None:
        for key in tree.value:
            match key:
                case "flows":
                    for name in mapping(tree.value["flows"]):
                        self.flow(tree, str(name))
                case "slots":
                    for name in mapping(tree.value["slots"]):
                        self.slot(tree, str(name))
                case "routes" | "interrupts" | "dangers":
                    getattr(self, key).extend(self.table(tree, key))
                case _:
                    self.problems.append(tree.problem(f"không biết khóa `{key}`", key))

    def table(self, tree: Tree, key: str) -> list[Route]:
        found = []
        for place, item in entries(tree.value[key]):
            path: Path = (key, place)
            found.append(
                Route(self.when(tree, path, item), str(item.get("then", "")), tree.file, tree.line(*path)),
            )
        return found

    def slot(self, tree: Tree, name: str) -> None:
        item = mapping(tree.value["slots"][name])
        kind = str(item.get("type", "text"))
        if kind not in ("text", "bool", "choice", "place", "code"):
            self.problems.append(tree.problem(f"slot `{name}` có kiểu lạ `{kind}`", "slots", name))
        unsafe = item.get("unsafe_when")
        self.slots[name] = SlotType(
            name=name,
            type=kind,
            yes=words(item.get("yes")),
            no=words(item.get("no")),
            values={str(value): words(said) for value, said in mapping(item.get("values")).items()},
            offers=str(item.get("offers", "")),
            unsafe_when=unsafe if isinstance(unsafe, bool) else None,
            report=bool(item.get("report")),
            clear=bool(item.get("clear")),
        )

    def flow(self, tree: Tree, name: str) -> None:
        path: Path = ("flows", name)
        item = mapping(tree.value["flows"][name])
        if name in self.flows:
            self.problems.append(tree.problem(f"flow `{name}` khai hai lần", *path))
        steps: dict[str, Step] = {}
        first = self.steps(tree, (*path, "steps"), listing(item.get("steps")), steps, END, name)
        if not steps:
            self.problems.append(tree.problem(f"flow `{name}` không có bước nào", *path))
        finish = item.get("finish")
        self.flows[name] = Flow(
            id=name,
            file=tree.file,
            line=tree.line(*path),
            name=str(item.get("name", name)),
            description=str(item.get("description", "")),
            steps=steps,
            first=first,
            startable=bool(item.get("startable")),
            sticky=bool(item.get("sticky")),
            intro=bool(item.get("intro", True)),
            safety=bool(item.get("safety")),
            questions=int(item.get("questions", 5)),
            finish=str(finish) if finish else None,
        )

    def steps(self, tree: Tree, path: Path, items: object, steps: dict[str, Step], after: str, prefix: str) -> str:
        """Read a list of steps into `steps`; the first one's id comes back, the last one leads to `after`."""
        listed = list(entries(items))
        names = [str(item.get("id") or f"{prefix}.{place}") for place, item in listed]
        for (place, item), name, following in zip(listed, names, [*names[1:], after], strict=True):
            here = (*path, place)
            if name in steps:
                self.problems.append(tree.problem(f"bước `{name}` khai hai lần", *here))
            step = self.step(tree, here, item, name, steps, following)
            if step is not None:
                steps[name] = step
        return names[0] if names else after

    def step(
        self, tree: Tree, path: Path, item: Mapping[str, object], name: str, steps: dict[str, Step], following: str
    ) -> Step | None:
        kinds = [kind for kind in ("action", "collect", "link", "call", "set_slots", "noop") if kind in item]
        if len(kinds) != 1 and not (not kinds and "next" in item):
            self.problems.append(tree.problem(f"bước `{name}` phải có đúng một việc để làm", *path))
            return None
        line, after = tree.line(*path), self.branches(tree, path, item, name, steps, following)
        match kinds[0] if kinds else "noop":
            case "action":
                return Act(name, line, after, str(item["action"]))
            case "collect":
                return self.collect(tree, path, item, name, after)
            case "link":
                return Link(name, line, (), str(item["link"]))
            case "call":
                return Call(name, line, after, str(item["call"]))
            case "set_slots":
                return SetSlots(name, line, after, self.values(tree, path, item))
            case _:
                return Noop(name, line, after)

    def values(self, tree: Tree, path: Path, item: Mapping[str, object]) -> tuple[tuple[str, str | bool | None], ...]:
        found: list[tuple[str, str | bool | None]] = []
        for _, pair in entries(item["set_slots"]):
            for slot, value in pair.items():
                found.append((slot, value if value is None or isinstance(value, bool) else str(value)))  # noqa: PERF401
        if not found:
            self.problems.append(tree.problem("set_slots cần một danh sách `- slot: giá trị`", *path, "set_slots"))
        return tuple(found)

    def collect(
        self, tree: Tree, path: Path, item: Mapping[str, object], name: str, after: tuple[Branch, ...]
    ) -> Collect:
        slot = str(item["collect"])
        if item.get("optional") is False:
            self.problems.append(tree.problem(f"câu hỏi `{slot}` phải bỏ qua được", *path, "optional"))
        silence = mapping(item.get("silence"))
        rejections = []
        for place, entry in entries(item.get("rejections")):
            when = self.when(tree, (*path, "rejections", place), entry)
            if when is not None:
                rejections.append(Rejection(when, str(entry.get("utter", ""))))
        minutes = silence.get("minutes", 0)
        return Collect(
            name,
            tree.line(*path),
            after,
            slot,
            str(item.get("utter") or f"utter_ask_{slot}"),
            bool(item.get("ask_before_filling")),
            tuple(rejections),
            minutes if isinstance(minutes, int) else 0,
            str(silence.get("then", END)),
        )

    def branches(
        self, tree: Tree, path: Path, item: Mapping[str, object], name: str, steps: dict[str, Step], following: str
    ) -> tuple[Branch, ...]:
        after = item.get("next")
        if after is None:
            return (Branch(None, following),)
        if isinstance(after, str):
            return (Branch(None, after),)
        found = []
        for place, branch in entries(after):
            here = (*path, "next", place)
            known = {"if", "then", "else"}
            if not set(branch) <= known or ("if" in branch) == ("else" in branch):
                self.problems.append(tree.problem("một nhánh cần `if` với `then`, hoặc `else`", *here))
                continue
            target = branch["else"] if "else" in branch else branch.get("then")
            if isinstance(target, list):
                key = "else" if "else" in branch else "then"
                target = self.steps(tree, (*here, key), target, steps, following, f"{name}.{place}")
            found.append(Branch(self.when(tree, here, branch), str(target)))
        return tuple(found)

    def when(self, tree: Tree, path: Path, item: Mapping[str, object]) -> condition.Condition | None:
        if "if" not in item:
            return None
        try:
            return condition.parse(str(item["if"]))
        except condition.BadCondition as error:
            self.problems.append(tree.problem(str(error), *path, "if"))
            return condition.Condition(str(item["if"]), frozenset(), lambda _: False)
