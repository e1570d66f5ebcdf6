"""What a message seems to say: normalise, lexicon, classifier, entities → Signals. Pure: values in, values out."""

from nlu.reading import understand
from nlu.signals import Signals

__all__ = ["Signals", "understand"]
