"""A digest of what a model file has in it, computed once for each file.

It is remembered by the file's path, size and time of change: in the process, and in a file under the user's
folder for caches, so that the next process needn't read gigabytes again. A remembered digest that is lost or
can't be written costs the time of reading the weights, nothing else.
"""

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_SETTLED_S = 2.0
"""A file that changed so recently may change again without another time: its digest isn't kept on disk."""

_MAX_KEPT = 1000

_known: dict[str, str] = {}


def digest_files(paths: Sequence[Path], *, cache_file: Path | None = None) -> str:
    """SHA-256 of the files' contents, one after the other's, in hexadecimal.

    Args:
        paths: of the weights, in order.
        cache_file: where digests are kept; None is the user's.
    """
    parts = [_digest_file(path.resolve(), cache_file or find_cache_file()) for path in paths]
    return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()


def find_cache_file() -> Path:
    """Where this user's digests are kept."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "fake-llm-server" / "weights.json"


def _digest_file(path: Path, cache_file: Path) -> str:
    state = path.stat()
    key = f"{path}:{state.st_size}:{state.st_mtime_ns}"
    if key not in _known:
        _known.update(_load(cache_file) | _known)
    if key not in _known:
        with path.open("rb") as file:
            _known[key] = hashlib.file_digest(file, "sha256").hexdigest()
        if time.time() - state.st_mtime > _SETTLED_S:
            _keep(key, _known[key], cache_file)
    return _known[key]


def _load(cache_file: Path) -> dict[str, str]:
    try:
        kept = json.loads(cache_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_sound = isinstance(kept, dict) and all(isinstance(digest, str) for digest in kept.values())
    return kept if is_sound else {}


def _keep(key: str, digest: str, cache_file: Path) -> None:
    """Add a digest to the file, in one piece; of several writers the last wins."""
    kept = {**_load(cache_file), key: digest}
    newest = dict(list(kept.items())[-_MAX_KEPT:])
    draft = cache_file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(newest, indent=1), encoding="utf-8")
        draft.replace(cache_file)
