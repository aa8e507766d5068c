"""What was found out once and is kept for the next process: small facts in files under the user's caches.

A fact that is lost or can't be written costs the time of finding it out again, nothing else.
"""

import contextlib
import json
import os
import sys
from pathlib import Path

_MAX_KEPT = 1000


def find_cache_folder() -> Path:
    """Where this user's facts are kept."""
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder / "fake-llm-server"


def load_facts(file: Path) -> dict[str, str]:
    """The facts of a file, by their keys; none if it isn't there or isn't sound."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_sound = isinstance(kept, dict) and all(isinstance(fact, str) for fact in kept.values())
    return kept if is_sound else {}


def keep_fact(file: Path, key: str, fact: str) -> None:
    """Add a fact to a file, in one piece; of several writers the last wins."""
    kept = {**load_facts(file), key: fact}
    newest = dict(list(kept.items())[-_MAX_KEPT:])
    draft = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(newest, indent=1), encoding="utf-8")
        draft.replace(file)
