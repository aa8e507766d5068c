"""How much of a file this process holds in memory: weights are mapped, so the file's own pages are counted.

A process's whole resident memory is no measure in a test: other threads, allocators and caches move it.
"""

from pathlib import Path

import psutil
import pytest


def measure_mapped(path: Path) -> int:
    """Resident bytes of a file that this process has mapped; skips the test where the system doesn't tell."""
    process = psutil.Process()
    if not hasattr(process, "memory_maps"):
        pytest.skip("this system doesn't tell which files a process has mapped")
    name = str(path.resolve())
    return sum(mapping.rss for mapping in process.memory_maps() if mapping.path == name)
