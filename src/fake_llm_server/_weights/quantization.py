"""The rule that picks a file, and so a quantization, of a repository. Pure."""

import re
from collections.abc import Iterable

from fake_llm_server._weights.split_files import is_later_part

PREFERRED = (
    *("Q4_K_M", "Q4_K_S", "Q4_0", "Q4_1", "IQ4_NL", "IQ4_XS"),
    *("Q5_K_M", "Q5_K_S", "Q5_0", "Q5_1", "Q6_K", "Q8_0"),
    *("Q3_K_L", "Q3_K_M", "Q3_K_S", "Q2_K"),
    *("F16", "BF16", "F32"),
)
"""The order in which a quantization is chosen: four bits, then more, then fewer, then unquantized.

Others, such as `UD-Q4_K_XL` or `IQ2_M`, are taken only when they are asked for.
"""

_QUANTIZATION = re.compile(
    r"(?:^|[-._/])(?P<name>(?:UD-)?(?:I?Q|TQ)\d(?:_[A-Z0-9]+)*|MXFP4(?:_MOE)?|BF16|F16|F32|FP16|FP32)(?=$|[-./])",
    re.IGNORECASE,
)
# Files beside a model that are GGUF, too, but no language model.
_COMPANION = re.compile(r"(?:^|[-._/])(?:mmproj|imatrix|vocab)(?:[-._]|$)", re.IGNORECASE)
_PART_SUFFIX = re.compile(r"-\d{5}-of-\d{5}$")
_SAME = {"FP16": "F16", "FP32": "F32"}


class NoSuchFileError(Exception):
    """No file, or more than one, is what was asked for; the message lists what there is."""


def parse_quantization(file: str) -> str | None:
    """The quantization that a file's name tells, in capitals, or None.

    Of several the last counts: `Llama-3-F16-Q8_0.gguf` is Q8_0.
    """
    stem = _PART_SUFFIX.sub("", file.removesuffix(".gguf").removesuffix(".GGUF"))
    found = [match["name"].upper() for match in _QUANTIZATION.finditer(stem)]
    return _SAME.get(found[-1], found[-1]) if found else None


def choose_file(files: Iterable[str], quantization: str | None = None) -> str:
    """Pick a model's file out of a repository's, the first part of a split one.

    Args:
        files: paths of all the repository's files.
        quantization: the one that is wanted; None takes the first of `PREFERRED` that is there, or
            the only model file.

    Raises:
        NoSuchFileError: nothing fits, or several files do.
    """
    models = [file for file in sorted(files) if _is_model(file)]
    if not models:
        raise NoSuchFileError("it has no GGUF file; look for a repository whose name ends in -GGUF")
    by_name: dict[str | None, list[str]] = {}
    for file in models:
        by_name.setdefault(parse_quantization(file), []).append(file)
    available = ", ".join(sorted(name for name in by_name if name)) or "none that is named"
    if quantization is not None:
        chosen = by_name.get(_SAME.get(quantization.upper(), quantization.upper()), [])
    else:
        chosen = next((by_name[name] for name in PREFERRED if name in by_name), models)
    if not chosen:
        raise NoSuchFileError(f"it has no file of the quantization {quantization}; there are {available}")
    if len(chosen) > 1:
        raise NoSuchFileError(
            f"{len(chosen)} of its files fit: {', '.join(chosen[:6])}; name one as owner/name/FILE.gguf, "
            f"or a quantization as owner/name:QUANTIZATION (there are {available})"
        )
    return chosen[0]


def _is_model(file: str) -> bool:
    return file.lower().endswith(".gguf") and not is_later_part(file) and not _COMPANION.search(file)
