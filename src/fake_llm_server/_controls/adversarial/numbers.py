"""Numbers that satisfy a form, the extreme ones among them."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from fake_llm_server._schema import NumberForm

_MOST = 2**53 - 1
"""The largest integer that every reader of JSON reads exactly."""

_USUAL: tuple[int | float, ...] = (0, 1, -1, 0.5, _MOST, -_MOST, 0.1, -0.0, 1.7976931348623157e308, 5e-324)


def list_numbers(form: NumberForm) -> list[int | float]:
    """Numbers of a form, the simplest first; none if none was found."""
    return list({repr(number): number for number in _propose(form) if _satisfies(number, form)}.values())


def _propose(form: NumberForm) -> Iterator[int | float]:
    yield from _USUAL
    step = form.multiple or Fraction(1)
    for bound in (form.low, form.high):
        if bound is not None:
            yield _write(bound[0])
            for near in (floor(bound[0] / step), ceil(bound[0] / step)):
                yield from (_write((near + shift) * step) for shift in (0, -1, 1))
    if form.low is not None and form.high is not None:
        yield _write((form.low[0] + form.high[0]) / 2)
    yield from (_write(step * factor) for factor in (1, -1, 1000))


def _write(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


def _satisfies(number: float, form: NumberForm) -> bool:
    exact = Fraction(repr(number))
    if form.is_integer and isinstance(number, float):
        return False
    if form.low is not None and (exact < form.low[0] or (form.low[1] and exact == form.low[0])):
        return False
    if form.high is not None and (exact > form.high[0] or (form.high[1] and exact == form.high[0])):
        return False
    return form.multiple is None or (exact / form.multiple).denominator == 1
