"""A digest of what a model file has in it, computed once for each file.

It is remembered by the file's path, size and time of change: in the process, and for the next one
(`kept_facts.py`), so that it needn't read gigabytes again.
"""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from fake_llm_server._engine.kept_facts import find_cache_folder, keep_fact, load_facts

_SETTLED_S = 2.0
"""A file that changed so recently may change again without another time: its digest isn't kept on disk."""

_FILE_NAME = "weights.json"

_known: dict[str, str] = {}


def digest_files(paths: Sequence[Path], *, cache_file: Path | None = None) -> str:
    """SHA-256 of the files' contents, one after the other's, in hexadecimal.

    Args:
        paths: of the weights, in order.
        cache_file: where digests are kept; None is the user's.
    """
    parts = [_digest_file(path.resolve(), cache_file or find_cache_folder() / _FILE_NAME) for path in paths]
    return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()


def _digest_file(path: Path, cache_file: Path) -> str:
    state = path.stat()
    key = f"{path}:{state.st_size}:{state.st_mtime_ns}"
    if key not in _known:
        _known.update(load_facts(cache_file) | _known)
    if key not in _known:
        with path.open("rb") as file:
            _known[key] = hashlib.file_digest(file, "sha256").hexdigest()
        if time.time() - state.st_mtime > _SETTLED_S:
            keep_fact(cache_file, key, _known[key])
    return _known[key]
