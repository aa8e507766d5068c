"""Our server in a process of its own, on the port that is its argument: `python -m benchmarks.our_server`.

Answers aren't remembered: the benchmark wants them generated.
"""

import sys
import threading

from fake_llm_server import FakeLLMServer


def main() -> None:
    """Serve until the process is killed."""
    with FakeLLMServer(port=int(sys.argv[1])):
        threading.Event().wait()


if __name__ == "__main__":
    main()
