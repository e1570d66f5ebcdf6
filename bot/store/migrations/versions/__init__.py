"""One file a step, each able to go up and down with rows in the tables."""
