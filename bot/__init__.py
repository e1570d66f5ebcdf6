"""The shell: the only package that touches the world (network, disk, clock, randomness, database)."""

import os

# numpy's matrices are small here: its threads would spend more time waiting for each other than counting.
# It looks at this once, when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
