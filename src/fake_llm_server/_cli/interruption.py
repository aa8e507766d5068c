"""What SIGINT (Ctrl+C) and SIGTERM do to a command: end it at once, or as soon as it has tidied up."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Have either signal raise KeyboardInterrupt, which ends the command with 130.

    Blocks of this kind may be nested; the handlers from before are back at the end.
    """
    with _handled(signal.default_int_handler):
        yield


@contextmanager
def noted_signals() -> Iterator[threading.Event]:
    """Have either signal set an event, for a command that waits for it to end in order."""
    noted = threading.Event()

    def note(_signal_number: int, _frame: FrameType | None) -> None:
        noted.set()

    with _handled(note):
        yield noted


@contextmanager
def _handled(handler: Any) -> Iterator[None]:
    previous = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler_before in previous.items():
            signal.signal(number, handler_before)
