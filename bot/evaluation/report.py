"""The report of one evaluation: Markdown for people, JSON for the next comparison, a picture of the reliability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.evaluation.figures import (
    Bin,
    Pair,
    Share,
    bins,
    calibration_error,
    confusion,
    missed,
    owned,
    raised,
    slices,
    table,
)
from bot.evaluation.gold import LEVELS

NAMES = {
    "urgent_heard": "urgent heard",
    "urgent_paged": "urgent paged",
    "u0_heard": "U0 heard",
    "u0_paged": "U0 paged",
    "quiet_paged": "quiet paged",
    "quiet_heard": "quiet heard",
    "urgency_ok": "urgency ok",
    "category_ok": "category ok",
    "intent_ok": "intent ok",
}
WORST = 2  # points by which a rewritten message may be heard less


@dataclass(frozen=True)
class Report:
    """Everything that was measured on one set of labelled messages."""

    title: str
    pairs: Sequence[Pair]
    ordinary: Mapping[str, Share] = field(default_factory=dict)  # ordinary sentences paged and heard
    written: Mapping[str, Share] = field(default_factory=dict)  # urgent heard, by way of rewriting
    swapped: Mapping[str, Share] = field(default_factory=dict)  # paging kept, by what was swapped
    readers: str = ""

    def to_json(self) -> dict[str, Any]:
        """The figures alone, without any message."""
        return {
            "title": self.title,
            "readers": self.readers,
            "messages": len(self.pairs),
            "figures": _numbers(table(self.pairs)),
            "slices": _numbers(slices(self.pairs)),
            "own": _numbers(owned(self.pairs)),
            "confusion": confusion(self.pairs),
            "calibration_error": round(calibration_error(bins(self.pairs)), 4),
            "ordinary": _numbers(self.ordinary),
            "written": _numbers(self.written),
            "swapped": _numbers(self.swapped),
        }

    def to_markdown(self, *, messages: bool = False) -> str:
        """The report as people read it; `messages`: with the messages that were missed or falsely raised."""
        parts = [f"# {self.title}", f"{len(self.pairs)} messages; readers: {self.readers or 'not said'}."]
        parts.append(_shares("figure", {NAMES[key]: value for key, value in table(self.pairs).items()}))
        if self.ordinary:
            parts.append(_shares("ordinary sentences", self.ordinary))
        parts += ["## Urgent messages heard, by slice", _shares("slice", slices(self.pairs))]
        if own := owned(self.pairs):
            parts += ["## What writers fear of themselves, named rightly", _shares("kind", own)]
        if self.written:
            parts += ["## Urgent messages heard, written in other ways", _shares("written", self.written)]
        if self.swapped:
            parts += [
                "## The same told of other people: at the same level, and asked about or not",
                _shares("swapped", self.swapped),
            ]
        parts += ["## Levels", _confusion(confusion(self.pairs))]
        parts.append(f"Calibration error (ECE): {calibration_error(bins(self.pairs)):.3f}")
        if messages:
            parts += ["## Missed", _messages(missed(self.pairs)), "## Falsely raised", _messages(raised(self.pairs))]
        return "\n\n".join(parts) + "\n"


def _numbers(shares: Mapping[str, Share]) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "value": round(one.value, 4),
            "low": round(one.interval[0], 4),
            "high": round(one.interval[1], 4),
            "of": one.total,
        }
        for name, one in shares.items()
    }


def _shares(head: str, shares: Mapping[str, Share]) -> str:
    lines = [f"| {head} | share | 95% | of |", "|---|---|---|---|"]
    for name, one in shares.items():
        low, high = one.interval
        lines.append(f"| {name} | {one.value:.1%} | {low:.1%} – {high:.1%} | {one.total} |")
    return "\n".join(lines)


def _confusion(counts: Mapping[str, Mapping[str, int]]) -> str:
    lines = ["| labelled ↓ said → | " + " | ".join(LEVELS) + " |", "|---|" + "---|" * len(LEVELS)]
    lines += [f"| {gold} | " + " | ".join(str(counts[gold][said]) for said in LEVELS) + " |" for gold in LEVELS]
    return "\n".join(lines)


def _messages(pairs: Iterable[Pair]) -> str:
    lines = []
    for gold, said in pairs:
        why = ", ".join(sorted({str(reason.get("concept")) for reason in said.reasons})) or "no reason"
        level = f"{said.urgency}{' check' if said.check else ''}"
        lines.append(f"- `{gold.id}` {gold.urgency} → {level} ({why}): {' / '.join(gold.text.split(chr(10)))}")
    return "\n".join(lines) or "None."


def reliability(parts: Sequence[Bin]) -> str:
    """The reliability picture as SVG: what was said against what was; the diagonal is perfect."""
    size, edge = 320, 36
    scale = size - 2 * edge
    shapes = [
        f'<line x1="{edge}" y1="{size - edge}" x2="{size - edge}" y2="{edge}" stroke="#999" stroke-dasharray="4 4"/>',
        f'<rect x="{edge}" y="{edge}" width="{scale}" height="{scale}" fill="none" stroke="#333"/>',
    ]
    most = max((part.count for part in parts), default=1) or 1
    for part in parts:
        if part.count:
            x, y = edge + part.said * scale, size - edge - part.was * scale
            radius = 3 + 7 * (part.count / most) ** 0.5
            shapes.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="#0a6" fill-opacity="0.7">'
                f"<title>{part.count} messages: said {part.said:.2f}, was {part.was:.2f}</title></circle>"
            )
    labels = [
        f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">said: P(U0 or U1)</text>',
        f'<text x="12" y="{size / 2}" text-anchor="middle" transform="rotate(-90 12 {size / 2})">were urgent</text>',
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="12">'
    )
    return "\n".join([head, *shapes, *labels, "</svg>", ""])
