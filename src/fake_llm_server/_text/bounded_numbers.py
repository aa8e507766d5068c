"""Bounds the digits of numbers."""

from fractions import Fraction
from math import ceil
from typing import Any

from fake_llm_server._schema import NumberForm

MAX_DIGITS = 15
"""Of a number before its decimal point: so many are exact in every language's double."""

FRACTION_DIGITS = 4
_LARGEST = Fraction(10**MAX_DIGITS - 1)
_STEP = Fraction(1, 10**FRACTION_DIGITS)


def bound_number(form: NumberForm) -> dict[str, Any]:
    """A schema of some of the numbers of a form: those with few digits, where it has such.

    A form that has only longer numbers gets as many digits as it needs. Numbers whose fractions need more
    digits than `FRACTION_DIGITS` keep any number of them.
    """
    low, high = form.low, form.high
    step = form.multiple or Fraction(1)
    reach = 2 * max(Fraction(1), Fraction(step.numerator))
    if low is None or low[0] < -_LARGEST:
        nearest = -_LARGEST if high is None else min(-_LARGEST, _widen(high[0] - reach))
        low = low if low is not None and low[0] >= nearest else (nearest, False)
    if high is None or high[0] > _LARGEST:
        nearest = max(_LARGEST, _widen(low[0] + reach))
        high = high if high is not None and high[0] <= nearest else (nearest, False)
    bounds = {
        "exclusiveMinimum" if low[1] else "minimum": low[0],
        "exclusiveMaximum" if high[1] else "maximum": high[0],
    }
    if form.multiple is not None:
        bounds["multipleOf"] = form.multiple
    elif not form.is_integer and high[0] - low[0] > 2 * _STEP:
        bounds["multipleOf"] = _STEP
    kind = {"type": "integer" if form.is_integer else "number"}
    return {**kind, **{keyword: _write(bound) for keyword, bound in bounds.items()}}


def _widen(bound: Fraction) -> Fraction:
    """The number with as many digits as `bound` that is farthest from zero."""
    largest = Fraction(10 ** len(str(ceil(abs(bound)))) - 1)
    return largest if bound > 0 else -largest


def _write(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)
