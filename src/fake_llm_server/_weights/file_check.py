"""Checks whether a file can be a model, and names what is wrong with it before llama.cpp fails on it."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from fake_llm_server._errors import ModelLoadError
from fake_llm_server._weights.gguf_header import GGUFError, GGUFHeader, load_gguf_header
from fake_llm_server._weights.split_files import list_parts

_UNKNOWN_ARCHITECTURE = "unknown model architecture"
_OUT_OF_MEMORY = ("failed to allocate", "unable to allocate", "out of memory", "cannot allocate memory")


def find_parts(path: Path) -> tuple[Path, ...]:
    """The files that belong to a model, from any one of them, in order; they needn't exist."""
    return tuple(path.parent / name for name in list_parts(path.name))


def check_model_files(paths: Sequence[Path]) -> GGUFHeader:
    """Check that every part is there, is GGUF, is whole, and is a language model.

    Returns:
        The header of the first part, which describes the model.

    Raises:
        ModelLoadError: something is wrong; the message says what and what to do.
    """
    headers = [_check_part(path) for path in paths]
    first, name = headers[0], paths[0].name
    if first.num_parts != len(paths):
        raise ModelLoadError(
            f"{name} is one of {first.num_parts} parts, of which {len(paths)} were found by their names; "
            "keep the names NAME-00001-of-0000N.gguf and put all parts into one folder."
        )
    kind = str(first.metadata.get("general.type", "model"))
    if kind != "model":
        raise ModelLoadError(f"{name} is no language model: its header calls it {kind!r}.")
    if first.num_tensors == 0:
        raise ModelLoadError(f"{name} has a vocabulary but no weights.")
    return first


def _check_part(path: Path) -> GGUFHeader:
    try:
        header = load_gguf_header(path)
        size = path.stat().st_size
    except GGUFError as error:
        raise ModelLoadError(f"{path.name} {error}.") from error
    except FileNotFoundError as error:
        raise ModelLoadError(f"{path} does not exist.") from error
    except OSError as error:
        raise ModelLoadError(f"{path} can't be read: {error.strerror or error}.") from error
    if size < header.min_file_size:
        raise ModelLoadError(
            f"{path.name} is truncated: it has {size} bytes, and its header lists tensors up to byte "
            f"{header.min_file_size}. Delete it and fetch it again."
        )
    return header


def explain_native_failure(path: Path, architecture: str, messages: Sequence[str]) -> str:
    """Say why llama.cpp could not load a file that passed `check_model_files`.

    Args:
        path: its first part.
        architecture: as the file's header names it.
        messages: the errors that llama.cpp reported meanwhile.
    """
    told = " ".join(messages).lower()
    if _UNKNOWN_ARCHITECTURE in told:
        return (
            f"{path.name} is of the architecture {architecture!r}, which llama-cpp-python "
            f"{version('llama-cpp-python')} doesn't know; a later version may."
        )
    if any(words in told for words in _OUT_OF_MEMORY):
        return f"There is not enough memory to load {path.name}: {messages[-1].strip()}."
    reason = "; ".join(line.strip() for line in messages) or "it gave no reason"
    return f"llama.cpp can't load {path.name}: {reason}."
