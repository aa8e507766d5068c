"""llama.cpp's own messages, sent to Python's logging instead of stderr.

llama.cpp has one log callback for the whole process, so it is taken once, when this module is imported.
"""

import atexit
import ctypes
import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import llama_cpp

logger = logging.getLogger("fake_llm_server.llama_cpp")

_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR in ggml.h
_recent_errors = threading.local()
_is_closed = threading.Event()


@contextmanager
def collect_errors() -> Iterator[deque[str]]:
    """The errors that llama.cpp reports on this thread within the block, the last twenty."""
    _recent_errors.lines = lines = deque[str](maxlen=20)
    try:
        yield lines
    finally:
        del _recent_errors.lines


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator] # llama_cpp ships no types
def _log(level: int, text: bytes, _user_data: ctypes.c_void_p) -> None:
    """Called by llama.cpp, on any thread; an exception here would be printed and lost."""
    if _is_closed.is_set():
        return
    line = text.decode("utf-8", "replace").rstrip()
    if level == _ERROR_LEVEL and hasattr(_recent_errors, "lines"):
        _recent_errors.lines.append(line)
    if line:
        logger.debug("%s", line)


llama_cpp.llama_log_set(_log, ctypes.c_void_p(0))
# Weights that are freed while the interpreter shuts down still log, when logging is gone already.
atexit.register(_is_closed.set)
