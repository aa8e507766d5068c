"""The command line's entry: `python -m fake_llm_server`, and the installed `fake-llm-server`."""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130


def run() -> int:
    """Import the command line, which takes a second or two, and run it.

    Returns:
        The exit status; 130 when interrupted, also while modules are imported.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # KeyboardInterrupt in the middle of an import would show a traceback, or be taken for an error.
        signal.signal(signal.SIGINT, _exit)
        from fake_llm_server._cli import main  # noqa: PLC0415 - takes long

        signal.signal(signal.SIGINT, signal.default_int_handler)
    else:
        from fake_llm_server._cli import main  # noqa: PLC0415 - takes long
    try:
        return main()
    except KeyboardInterrupt:
        return _INTERRUPTED


def _exit(_signal_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)  # nothing was begun that would have to be tidied up


if __name__ == "__main__":
    sys.exit(run())
