"""Model names to sources: what a user may write where a model is wanted."""

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

from fake_llm_server._errors import UnknownModelError
from fake_llm_server._weights.sources import HubSource, LocalSource

_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?"
_HUB_NAME = re.compile(
    rf"(?P<repository>{_PART}/{_PART})"
    r"(?:/(?P<file>[^:@]+\.gguf)|:(?P<quantization>[A-Za-z0-9_-]+))?"
    r"(?:@(?P<revision>[A-Za-z0-9._/-]+))?"
)
_FORMS = (
    "an alias of the catalogue, a repository as owner/name, owner/name:QUANTIZATION or "
    "owner/name/FILE.gguf (each also with @REVISION), or the path of a GGUF file"
)


def parse_source(name: str, aliases: Iterable[str]) -> HubSource | LocalSource:
    """Read a name that is no alias.

    A name is a path if such a file exists, or if it can't be anything else; otherwise a repository.

    Args:
        name: what the user wrote.
        aliases: names of the catalogue, for the suggestion when nothing fits.

    Raises:
        UnknownModelError: it is none of the forms, or a path without a file.
    """
    path = expand_home(Path(name))
    if name and path.is_file():
        return LocalSource(path)
    match = _HUB_NAME.fullmatch(name)
    if match and "--" not in match["repository"] and ".." not in match["repository"]:
        quantization = match["quantization"]
        return HubSource(
            repository=match["repository"],
            file=match["file"],
            quantization=quantization.upper() if quantization else None,
            revision=match["revision"],
        )
    if name.lower().endswith(".gguf"):
        raise UnknownModelError(f"There is no model file at {name!r}; give the path of a GGUF file.")
    if name and path.is_dir():
        raise UnknownModelError(f"{name!r} is a folder; name a GGUF file in it. A name is {_FORMS}.")
    raise UnknownModelError(_explain_unknown(name, sorted(aliases)))


def expand_home(path: Path) -> Path:
    """A path with `~` replaced by the user's home; `~name` stays as it is where there is no such user."""
    try:
        return path.expanduser()
    except (RuntimeError, ValueError):  # no such user; no such name of a user
        return path


def _explain_unknown(name: str, aliases: list[str]) -> str:
    wanted = name.lower()
    nearest = [alias for alias in aliases if len(wanted) > 1 and wanted in alias]
    nearest = nearest or difflib.get_close_matches(wanted, aliases, n=3, cutoff=0.4)
    hint = f"The nearest names are {', '.join(nearest)}" if nearest else f"Known are {', '.join(aliases)}"
    return f"No model is called {name!r}. {hint}. A name is {_FORMS}."
