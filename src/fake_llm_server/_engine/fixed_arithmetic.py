"""Exponential, logarithm and sum with the same bits on every machine.

NumPy's and the C library's own choose an implementation by the processor's features, and those differ in
the last bits. Here is only what IEEE 754 defines to the bit, element by element, in an order that is a
function of the array's length alone. Constants are computed in decimal.
"""

from decimal import Context, Decimal
from math import factorial, ldexp

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PER_OCTAVE = 64
"""Powers of two in the table for each doubling."""

_LEAST = -128 * _PER_OCTAVE
"""The table's first exponent, in steps of which `_PER_OCTAVE` are a doubling; there the result is 0."""

_DIGITS = Context(prec=40)
_LN_2 = _DIGITS.ln(Decimal(2))
_SCALE = float(_DIGITS.divide(_PER_OCTAVE, _LN_2))

_BLOCK = 8192
"""Elements that are worked on at a time: they stay in a processor's cache."""

_SHIFT = 1.5 * 2.0**52
"""Added to a small number, it rounds it to an integer, which the sum's last bits then are."""

_FIRST_BITS = int(np.array(_SHIFT + _LEAST).view(np.int64))


def _create_powers() -> Floats:
    """2 to n / `_PER_OCTAVE` for n from `_LEAST` to 0, each rounded correctly; the first is 0 instead."""
    steps = [
        float(_DIGITS.power(2, _DIGITS.divide(step, Decimal(_PER_OCTAVE)))) for step in range(_PER_OCTAVE)
    ]
    parts = [divmod(exponent, _PER_OCTAVE) for exponent in range(_LEAST + 1, 1)]
    return np.array([0.0, *(ldexp(steps[step], octave) for octave, step in parts)])


def _create_coefficients(num_terms: int) -> list[float]:
    """Taylor's series of 2 to f / `_PER_OCTAVE`, the highest degree first, without the 1."""
    step = _DIGITS.divide(_LN_2, _PER_OCTAVE)
    degrees = range(num_terms, 0, -1)
    return [float(_DIGITS.divide(_DIGITS.power(step, degree), factorial(degree))) for degree in degrees]


_POWERS = _create_powers()
_COEFFICIENTS = _create_coefficients(4)


def exp_of_differences(differences: Floats) -> Floats:
    """The exponential of numbers that are at most 0; from -88.7 downwards it is 0.

    Returns:
        An array of the same length: 1 for 0, and everything within a relative error of 1e-13.
    """
    result = np.empty_like(differences)
    for start in range(0, len(differences), _BLOCK):
        _exp_block(differences[start : start + _BLOCK], result[start : start + _BLOCK])
    return result


def _exp_block(differences: Floats, result: Floats) -> None:
    """2 to (n + f) / `_PER_OCTAVE`: the table has the power of n, a polynomial that of f, within ±0.5."""
    rest = differences * _SCALE
    np.maximum(rest, _LEAST, out=rest)
    shifted = rest + _SHIFT
    indices = shifted.view(np.int64) - _FIRST_BITS
    np.subtract(shifted, _SHIFT, out=shifted)
    np.subtract(rest, shifted, out=rest)
    np.multiply(rest, _COEFFICIENTS[0], out=result)
    for coefficient in _COEFFICIENTS[1:]:
        np.add(result, coefficient, out=result)
        np.multiply(result, rest, out=result)
    np.add(result, 1.0, out=result)
    _POWERS.take(indices, out=shifted, mode="clip")
    np.multiply(result, shifted, out=result)


def sum_in_halves(values: Floats) -> float:
    """The sum of all elements: the second half is added to the first, until one element is left."""
    while len(values) > 1:
        half = (len(values) + 1) // 2
        folded = values[:half].copy()
        folded[: len(values) - half] += values[half:]
        values = folded
    return float(values[0])


def log(value: float) -> float:
    """The natural logarithm of a positive number, rounded correctly."""
    return float(_DIGITS.ln(Decimal(value)))
