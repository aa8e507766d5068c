"""A name for everything that an answer depends on besides the request, and for nothing else.

So it is the same on all machines that give the same answers: it has the weights' content rather than their
file's name or time, the instructions that llama.cpp was built for rather than those that the processor
has, and the number of threads only where it changes a bit.
"""

import hashlib
import platform
from importlib.metadata import version

from fake_llm_server._engine import rules
from fake_llm_server._engine.arithmetic_probe import digest_arithmetic
from fake_llm_server._engine.build import read_build
from fake_llm_server._engine.native import NativeModel
from fake_llm_server._engine.settings import ContextPlan

_LIBRARIES = ("llama-cpp-python", "llguidance")
"""Not NumPy: what is computed with it is defined to the bit (`fixed_arithmetic.py`)."""


def identify(model: NativeModel, plan: ContextPlan, *, do_threads_matter: bool) -> str:
    """`fp_` and twelve hexadecimal digits: weights, window, build, what it computes, and libraries.

    Args:
        model: whose weights are used.
        plan: of its context.
        do_threads_matter: whether the number of threads changes a bit, as the self-check found.
    """
    parts = [
        model.identity,
        str(plan.window) if plan.rope_scaling == "none" else f"{plan.window} by {plan.rope_scaling}",
        str(plan.num_threads) if do_threads_matter else "any number of threads",
        str((rules.MIN_CHUNK, rules.MAX_CHUNK, rules.FORCED_RUN)),
        read_build().name,
        digest_arithmetic(),
        platform.libc_ver()[0] or platform.system(),
        *(f"{library}={version(library)}" for library in _LIBRARIES),
    ]
    return "fp_" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
