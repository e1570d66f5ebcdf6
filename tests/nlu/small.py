"""A handful of labelled messages, and the reader that is trained on them in a moment."""

from __future__ import annotations

from functools import lru_cache

from nlu.classifier import Classifier
from nlu.examples import Example
from nlu.scores import Readers, Thresholds
from nlu.train import train
from tests.nlu.known import spellings

_WHO = ("ba", "dượng", "mẹ", "ông nội", "anh hai", "cậu út")
_SAID = (
    ("report_self", "C01", "U0", "{who} đang đánh em đau quá cứu em"),
    ("report_self", "C01", "U1", "{who} đánh em hoài em sợ về nhà"),
    ("report_self", "C03", "U1", "{who} sờ vào người em lúc ngủ"),
    ("report_other", "C01", "U2", "hồi trước {who} có la mắng bé nhà bên"),
    ("guidance", "C16", "U3", "làm sao nói chuyện với {who} khi buồn"),
    ("hotline", "C90", "U4", "{who} hỏi đường dây này mấy giờ mở cửa"),
    ("out_of_scope", "C99", "U4", "{who} nấu canh chua ngon lắm chiều nay ăn cơm"),
)
EXAMPLES = tuple(
    Example(said.format(who=who), intent, category, urgency)
    for who in _WHO
    for intent, category, urgency, said in _SAID
)


@lru_cache(maxsize=1)
def classifier() -> Classifier:
    return train(EXAMPLES, spellings())


def readers(page: float = 0.5, check: float = 0.3) -> Readers:
    """The small reader as the only one, with thresholds of the test's own."""
    return Readers((classifier(),), Thresholds(page, check))
