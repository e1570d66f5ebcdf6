"""What a message seems to say: normalise, lexicon, classifier, entities → Signals. Pure: values in, values out."""
