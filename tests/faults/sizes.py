"""How large the crowds are and how long the faults: small enough for every run, or as large as was promised.

    DOORSTEP_FAULTS=full pytest tests/faults

takes the second number of each pair. It needs about twenty minutes, 8 GB and `ulimit -n 65536`.
"""

import os

FULL = os.environ.get("DOORSTEP_FAULTS") == "full"


def size(usual: int, full: int) -> int:
    """The number for this run."""
    return full if FULL else usual
