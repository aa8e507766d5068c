"""Models whose weights are split over several files, as llama.cpp's `gguf-split` names them."""

import re

_PART_NAME = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)


def list_parts(file: str) -> tuple[str, ...]:
    """All the parts of the split file that `file` is a part of, in order; `file` alone if it isn't split.

    Args:
        file: a name or a path with any folders.
    """
    match = _PART_NAME.fullmatch(file)
    if match is None:
        return (file,)
    count = int(match["count"])
    return tuple(f"{match['stem']}-{number:05d}-of-{count:05d}.gguf" for number in range(1, count + 1))


def is_later_part(file: str) -> bool:
    """Whether `file` is a part of a split file, and not the first."""
    match = _PART_NAME.fullmatch(file)
    return match is not None and int(match["number"]) != 1
