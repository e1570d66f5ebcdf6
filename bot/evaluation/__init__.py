"""The benchmark: labelled messages in, figures with their intervals out, the same for any system's JSON Lines."""
