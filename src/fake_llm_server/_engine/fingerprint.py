"""A name for everything that an answer depends on besides the request."""

import hashlib
import platform
from importlib.metadata import version

import llama_cpp

from fake_llm_server._engine import rules
from fake_llm_server._engine.native import NativeModel
from fake_llm_server._engine.settings import ContextPlan

_LIBRARIES = ("llama-cpp-python", "llguidance", "numpy")


def identify(model: NativeModel, plan: ContextPlan) -> str:
    """`fp_` and twelve hexadecimal digits: weights, settings, threads, machine and libraries."""
    parts = [
        model.identity,
        str(plan.window),
        str(plan.num_threads),
        str((rules.CHUNK, rules.FORCED_RUN)),
        platform.machine(),
        llama_cpp.llama_print_system_info().decode(),
        *(f"{library}={version(library)}" for library in _LIBRARIES),
    ]
    return "fp_" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
