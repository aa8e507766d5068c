"""Tells OpenMP's workers to sleep soon while they wait, before llama.cpp loads them.

libgomp reads its settings once, when it is loaded; so this module is imported before `llama_cpp`.
A worker that spins takes the core which its neighbour (the test, the client) needs to give it work.
The user's own setting of either variable wins. Figures: docs/engine.md.
"""

import os

_SPINNING = "GOMP_SPINCOUNT"
_WAIT_POLICY = "OMP_WAIT_POLICY"


_SHORT = "4000"
"""Turns of libgomp's waiting loop, some 200 µs: most waits in a quiet process are shorter."""


def let_workers_sleep() -> None:
    """Shorten libgomp's spinning unless the environment already says how workers wait."""
    if _SPINNING not in os.environ and _WAIT_POLICY not in os.environ:
        os.environ[_SPINNING] = _SHORT
