"""Everything `understand` reads with, as one value that the shell loads and hands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.entities import Speech
from nlu.lexicon import Lexicon
from nlu.places import Places

if TYPE_CHECKING:  # numpy is loaded only where a trained reader is
    from nlu.asked import Asked
    from nlu.scores import Ear


@dataclass(frozen=True, eq=False)
class Model:
    """The lexicon always; the trained readers when there are any."""

    lexicon: Lexicon
    speech: Speech
    places: Places
    readers: Ear | None = None
    asked: Asked | None = None  # knows the questions that a short reply answers
