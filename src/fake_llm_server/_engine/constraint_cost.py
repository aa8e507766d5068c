"""Which constraints may take long to compile. Pure, and quick: it looks at the text alone.

Most schemas are compiled in a millisecond or two, which is less than starting another process takes. What may
take more than some tenths of a second looks like it: it is long, or has large counts, large multiples, or
patterns that must hold together. A constraint that only looks so costs one trial.
"""

import math
import re

from fake_llm_server._seam import Constraint

MAX_CHARACTERS = 2_000_000
"""A constraint that is longer is refused."""

_MAX_QUICK_CHARACTERS = 50_000
_MAX_QUICK_MULTIPLE = 2_000
_MAX_QUICK_COUNT = 10_000
_MULTIPLE = re.compile(r'"multipleOf"\s*:\s*-?([0-9.eE+-]+)')
_COUNT = re.compile(r"\{\s*(\d+)?\s*(?:,\s*(\d+)?\s*)?\}|~\s*(\d+)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_LONE_REFERENCE = re.compile(r'\{"\$ref": "[^"\\]*"\}')
"""A reference beside which nothing stands, so that what it leads to holds alone."""

_HIDDEN_LETTER = re.compile(r"\\u00[2-7]")
"""A letter that JSON needn't escape: a keyword may be written so."""


def may_be_slow(constraint: Constraint) -> bool:
    """Whether compiling a constraint, or following it, may take long."""
    source = constraint.source
    if len(source) > _MAX_QUICK_CHARACTERS or _HIDDEN_LETTER.search(source):
        return True
    if _find_largest_count(source) > _MAX_QUICK_COUNT or _multiply_multiples(source) > _MAX_QUICK_MULTIPLE:
        return True
    return _has_joint_patterns(constraint)


def _has_joint_patterns(constraint: Constraint) -> bool:
    """Whether one text may have to match several patterns: their automata are multiplied."""
    source = constraint.source
    num_patterns = source.count('"pattern"') + source.count('"multipleOf"') + source.count('"format"')
    has_joint_references = source.count('"$ref"') > len(_LONE_REFERENCE.findall(source))
    if num_patterns > 1 and ("allOf" in source or has_joint_references):
        return True
    return constraint.kind == "lark" and re.search("[&~]", _QUOTED.sub("", source)) is not None


def _multiply_multiples(source: str) -> float:
    """The product of all multiples, each as a whole number, and once: equal ones hold together at no cost."""
    product = 1.0
    for written in set(_MULTIPLE.findall(source)):
        digits = re.sub(r"\D", "", written.lower().partition("e")[0]).strip("0")
        exponent = written.lower().partition("e")[2].lstrip("+-")
        product *= max(1, int(digits[:9] or 1)) * (10.0 ** min(9, int(exponent)) if exponent.isdigit() else 1)
    return product


def _find_largest_count(source: str) -> float:
    """The largest count of repetitions in any one pattern or grammar, as if all in it were nested."""
    return max(map(_multiply_counts, (*_QUOTED.findall(source), _QUOTED.sub("", source))))


def _multiply_counts(part: str) -> float:
    found = _COUNT.findall(part)
    counts = (max((float(number) for number in numbers if number), default=1) for numbers in found)
    return math.prod(max(1, count) for count in counts)
