"""One model for all of pytest-xdist's workers: the process that starts them keeps it.

Each worker has its own server, so that scripts, functions and journals stay in the process of the test. What
falls through to the model is asked of the process that started the worker. Nothing heavy is imported here.
"""

from typing import Any

from fake_llm_server import __version__
from fake_llm_server._backends.remote.listener import ModelListener

_KEY = "fake_llm_server"


class SharedModel:
    """In the process that starts workers: keeps models for them once they ask."""

    def __init__(self) -> None:
        self._listener: ModelListener | None = None

    def lend(self, node: Any) -> None:
        """Tell a worker that is about to start whom to ask, if it runs on this machine.

        Args:
            node: as xdist's `pytest_configure_node` has it.
        """
        if node.gateway.spec.popen:
            if self._listener is None:
                self._listener = ModelListener()
            node.workerinput[_KEY] = (__version__, self._listener.port, self._listener.secret)

    def close(self) -> None:
        """Let the models go. Twice is once."""
        if self._listener is not None:
            self._listener.close()


def find_host(workerinput: dict[str, Any]) -> tuple[int, str] | None:
    """Whom a worker asks: a port and a secret; None if it keeps its models itself.

    Args:
        workerinput: what the worker was started with.
    """
    version, *host = workerinput.get(_KEY, ("", 0, ""))
    return tuple(host) if version == __version__ else None
