"""Reads the escalation policy, the holidays and the words of pages from data/escalation."""

from __future__ import annotations

from bot.config import Settings
from bot.pagewords import PageWords, load_words, words_problems
from bot.problems import Problem
from bot.yamlmarks import Marked, read_marked
from escalation.policy import Policy, PolicyProblems, parse_policy

_POLICY = "policy.yml"
_HOLIDAYS = "holidays.yml"


def load_policy(settings: Settings) -> Policy:
    """The policy of this installation; raises PolicyProblems with every fault."""
    documents, found = _documents(settings)
    if found:
        raise PolicyProblems([str(problem) for problem in found])
    return parse_policy(documents[_POLICY].value, documents[_HOLIDAYS].value)


def load_page_words(settings: Settings) -> PageWords:
    """The words of pages; raises ValueError or OSError."""
    return load_words(settings.data, settings.public_url)


def problems(settings: Settings) -> list[Problem]:
    """Everything that is wrong with the policy, the holidays, the words of pages and the desks of config.yml."""
    documents, found = _documents(settings)
    found += words_problems(settings.data)
    if any(marked.value is None for marked in documents.values()):
        return found
    try:
        policy = parse_policy(documents[_POLICY].value, documents[_HOLIDAYS].value)
    except PolicyProblems as error:
        return found + [_placed(documents, fault) for fault in error.problems]
    desks = settings.service.get("escalation", {}).get("desks", {})
    missing = sorted(policy.desks - set(map(str, desks)))
    lines = documents[_POLICY].line("levels")
    # without the service block its own problems are listed already
    return found + [
        Problem(f"data/escalation/{_POLICY}", lines, f"desk:{desk} chưa có số trong config.yml (escalation.desks)")
        for desk in (missing if settings.service else ())
    ]


def _placed(documents: dict[str, Marked], fault: str) -> Problem:
    name = _HOLIDAYS if fault.startswith("holidays") else _POLICY
    top, _, rest = fault.partition(":")
    level = top.split(",")[0].split(".")[0].strip()
    for path in (("levels", level), (top.split(",")[0].split(".")[0],)):
        if path in documents[name].lines:
            return Problem(f"data/escalation/{name}", documents[name].line(*path), fault)
    return Problem(f"data/escalation/{name}", 1, fault if rest else top)


def _documents(settings: Settings) -> tuple[dict[str, Marked], list[Problem]]:
    documents: dict[str, Marked] = {}
    found: list[Problem] = []
    for name in (_POLICY, _HOLIDAYS):
        file = f"data/escalation/{name}"
        try:
            text = (settings.data / "escalation" / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            documents[name] = Marked(None)
            found.append(Problem(file, 0, "không đọc được tệp"))
            continue
        documents[name] = read_marked(text, file)
        found += documents[name].problems
    return documents, found
