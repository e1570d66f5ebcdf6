"""The shell: the only package that touches the world (network, disk, clock, randomness, database)."""
