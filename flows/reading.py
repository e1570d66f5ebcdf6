"""Reads flow files, words, numbers and guidance into definitions, and lists everything that cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flows import condition
from flows.checker import check
from flows.definition import (
    END,
    Act,
    Branch,
    Call,
    Collect,
    DefinitionProblems,
    Definitions,
    Flow,
    Link,
    Noop,
    Rejection,
    Route,
    SetSlots,
    SlotType,
    Sources,
    Step,
)
from flows.guidance import read_library
from flows.replies import ANSWERED, Reply
from flows.responses import Language, read_directory, read_language
from flows.yamltree import UNREADABLE, DefinitionProblem, Path, Tree, entries, listing, mapping, phrases, read, words


def build(sources: Sources) -> Definitions:
    """Definitions that passed every check, or DefinitionProblems."""
    definitions, problems = examined(sources)
    if problems:
        raise DefinitionProblems(problems)
    return definitions


def examined(sources: Sources) -> tuple[Definitions, list[DefinitionProblem]]:
    """As much as can be read, and everything to mend, in the order of files and lines.

    Of a file of which nothing could be read only that is said: all that it lacks would bury the one fault.
    """
    definitions, problems = parse(sources)
    unread = {problem.file for problem in problems if problem.message == UNREADABLE}
    meant = [p for p in check(definitions) if not any(file == p.file or file in p.message for file in unread)]
    return definitions, sorted({*problems, *meant})


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
        routes=(*reader.always, *reader.routes),
        interrupts=(*reader.always, *reader.interrupts),
        asides=(*reader.always, *reader.asides),
        dangers=tuple(reader.dangers),
        conflicts=tuple(reader.conflicts),
        signs=reader.signs,
        presses=reader.presses,
        languages=languages,
        directory=replace(directory, pages=sources.pages),
        library=library,
        replies=reader.replies,
        asks=_asks(sources.asks, reader.problems),
        places=sources.places,
    )
    return definitions, reader.problems


def _asks(documents: Mapping[str, str], problems: list[DefinitionProblem]) -> dict[str, tuple[str, ...]]:
    """How people ask for each reply, of all files together; a way to ask that stands twice is a problem."""
    found: dict[str, tuple[str, ...]] = {}
    told: dict[str, str] = {}
    for file, text in sorted(documents.items()):
        tree, faults = read(file, text)
        problems += faults
        for part in ("asks", "others"):
            for name, item in mapping(tree.value.get(part)).items():
                asked = words(item)
                for place, ask in enumerate(asked):
                    first = told.setdefault(ask.lower(), name)
                    if first != name:
                        problems.append(tree.problem(f"`{ask}` đã có ở `{first}`", part, name, place))
                if part == "asks":
                    found[str(name)] = (*found.get(str(name), ()), *asked)
    return found


class _Reader:
    def __init__(self) -> None:
        self.problems: list[DefinitionProblem] = []
        self.flows: dict[str, Flow] = {}
        self.slots: dict[str, SlotType] = {}
        self.always: list[Route] = []
        self.routes: list[Route] = []
        self.interrupts: list[Route] = []
        self.asides: list[Route] = []
        self.dangers: list[Route] = []
        self.conflicts: list[Route] = []
        self.replies: dict[str, Reply] = {}
        self.signs: dict[str, tuple[str, ...]] = {}
        self.presses: dict[str, tuple[str, ...]] = {}

    def document(self, tree: Tree) -> None:
        for key in tree.value:
            match key:
                case "flows":
                    for name in mapping(tree.value["flows"]):
                        self.flow(tree, str(name))
                case "slots":
                    for name in mapping(tree.value["slots"]):
                        self.slot(tree, str(name))
                case "replies":
                    self.replies |= {str(name): self.reply(tree, str(name)) for name in mapping(tree.value["replies"])}
                case "signs" | "presses":
                    getattr(self, key).update(
                        (str(name), phrases(said)) for name, said in mapping(tree.value[key]).items()
                    )
                case "always" | "routes" | "interrupts" | "asides" | "dangers" | "conflicts":
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

    def reply(self, tree: Tree, name: str) -> Reply:
        path: Path = ("replies", name)
        item = mapping(tree.value["replies"][name])
        when, then = self.when(tree, path, item), str(item.get("then", ANSWERED))
        return Reply(name, when, then, item.get("first") is True, tree.file, tree.line(*path))

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
            opens=str(item.get("opens", "")),
            even=words(item.get("even")),
            near=words(item.get("near")),
            plain=words(item.get("plain")),
            sure=words(item.get("sure")),
            vague=words(item.get("vague")),
            talk=words(item.get("talk")),
            common=words(item.get("common")),
            marked=words(item.get("marked")),
            landmarks=words(item.get("landmarks")),
            tells=words(item.get("tells")),
            brief=bool(item.get("brief")),
        )

    def flow(self, tree: Tree, name: str) -> None:
        path: Path = ("flows", name)
        if name in self.flows:
            self.problems.append(tree.problem(f"flow `{name}` khai hai lần", *path))
        self.flows[name] = _FlowReader(tree, name, self).flow()

    def when(self, tree: Tree, path: Path, item: Mapping[str, object]) -> condition.Condition | None:
        if "if" not in item:
            return None
        try:
            return condition.parse(str(item["if"]))
        except condition.BadCondition as error:
            self.problems.append(tree.problem(str(error), *path, "if"))
            return condition.Condition(str(item["if"]), frozenset(), lambda _: False)


class _FlowReader:
    """One flow of one file."""

    def __init__(self, tree: Tree, name: str, whole: _Reader) -> None:
        self.tree = tree
        self.name = name
        self.whole = whole
        self.known: dict[str, Step] = {}

    def flow(self) -> Flow:
        path: Path = ("flows", self.name)
        item = mapping(self.tree.value["flows"][self.name])
        first = self.steps((*path, "steps"), listing(item.get("steps")), END, self.name)
        if not self.known:
            self.problem(f"flow `{self.name}` không có bước nào", *path)
        finish, most = item.get("finish"), item.get("questions", 5)
        return Flow(
            id=self.name,
            file=self.tree.file,
            line=self.tree.line(*path),
            name=str(item.get("name", self.name)),
            description=str(item.get("description", "")),
            steps=self.known,
            first=first,
            startable=bool(item.get("startable")),
            sticky=bool(item.get("sticky")),
            intro=bool(item.get("intro", True)),
            safety=bool(item.get("safety")),
            miss=bool(item.get("miss")),
            questions=most if isinstance(most, int) else 5,
            finish=str(finish) if finish else None,
        )

    def problem(self, message: str, *path: str | int) -> None:
        self.whole.problems.append(self.tree.problem(message, *path))

    def steps(self, path: Path, items: object, after: str, prefix: str) -> str:
        """Read a list of steps; the first one's id comes back, the last one leads to `after`."""
        listed = list(entries(items))
        if not listed:
            return after
        names = [str(item.get("id") or f"{prefix}.{place}") for place, item in listed]
        for (place, item), name, following in zip(listed, names, [*names[1:], after], strict=True):
            here = (*path, place)
            if name in self.known:
                self.problem(f"bước `{name}` khai hai lần", *here)
            step = self.step(here, item, name, following)
            if step is not None:
                self.known[name] = step
        return names[0]

    def step(self, path: Path, item: Mapping[str, object], name: str, following: str) -> Step | None:
        kinds = [kind for kind in ("action", "collect", "link", "call", "set_slots", "noop") if kind in item]
        if len(kinds) != 1:
            self.problem(f"bước `{name}` phải có đúng một việc để làm", *path)
            return None
        line, after = self.tree.line(*path), self.branches(path, item, name, following)
        made: dict[str, Callable[[], Step]] = {
            "action": lambda: Act(name, line, after, str(item["action"])),
            "collect": lambda: self.collect(path, item, name, after),
            "link": lambda: Link(name, line, (), str(item["link"])),
            "call": lambda: Call(name, line, after, str(item["call"])),
            "set_slots": lambda: SetSlots(name, line, after, self.values(path, item)),
            "noop": lambda: Noop(name, line, after),
        }
        return made[kinds[0]]()

    def values(self, path: Path, item: Mapping[str, object]) -> tuple[tuple[str, str | bool | None], ...]:
        found = tuple(
            (slot, value if value is None or isinstance(value, bool) else str(value))
            for _, pair in entries(item["set_slots"])
            for slot, value in pair.items()
        )
        if not found:
            self.problem("set_slots cần một danh sách `- slot: giá trị`", *path, "set_slots")
        return found

    def collect(self, path: Path, item: Mapping[str, object], name: str, after: tuple[Branch, ...]) -> Collect:
        slot = str(item["collect"])
        if item.get("optional") is False:
            self.problem(f"câu hỏi `{slot}` phải bỏ qua được", *path, "optional")
        silence = mapping(item.get("silence"))
        minutes = silence.get("minutes", 0)
        rejections = []
        for place, entry in entries(item.get("rejections")):
            when = self.whole.when(self.tree, (*path, "rejections", place), entry)
            if when is not None:
                rejections.append(Rejection(when, str(entry.get("utter", ""))))
        return Collect(
            name,
            self.tree.line(*path),
            after,
            slot,
            str(item.get("utter") or f"utter_ask_{slot}"),
            bool(item.get("ask_before_filling")),
            tuple(rejections),
            minutes if isinstance(minutes, int) else 0,
            str(silence.get("then", END)),
            str(item.get("again", "")),
        )

    def branches(self, path: Path, item: Mapping[str, object], name: str, following: str) -> tuple[Branch, ...]:
        after = item.get("next")
        if after is None:
            return (Branch(None, following),)
        if isinstance(after, str):
            return (Branch(None, after),)
        found = []
        for place, branch in entries(after):
            here = (*path, "next", place)
            key = "else" if "else" in branch else "then"
            if set(branch) not in ({"if", "then"}, {"else"}):
                self.problem("một nhánh cần `if` với `then`, hoặc `else`", *here)
                continue
            target = branch[key]
            if isinstance(target, list):
                target = self.steps((*here, key), target, following, f"{name}.{place}")
            found.append(Branch(self.whole.when(self.tree, here, branch), str(target)))
        return tuple(found)
