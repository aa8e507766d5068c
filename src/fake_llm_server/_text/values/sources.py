"""The texts of a conversation in which values are looked for, the most telling first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fake_llm_server._seam import Turn

SourceKind = Literal["asked", "told", "earlier", "system"]
"""The last user turn; results of tools since then; what was said before; instructions."""

MAX_CHARACTERS = 4_000
"""Of one text. Of a longer one the beginning and the end are read."""

MAX_EARLIER = 4
"""How many texts of before the last user turn are read, the latest first."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text that values may stand in."""

    kind: SourceKind
    text: str


def read_sources(turns: Sequence[Turn]) -> tuple[Source, ...]:
    """The texts of a conversation: the last user turn, results since then, earlier turns, instructions.

    User turns in a row are one: clients send a document and a question about it in turns of their own.
    """
    asked = max((number for number, turn in enumerate(turns) if turn.role == "user"), default=-1)
    first = asked
    while first > 0 and turns[first - 1].role == "user":
        first -= 1
    return tuple(_iter_sources(turns, first, asked))


def _iter_sources(turns: Sequence[Turn], first: int, asked: int) -> Iterator[Source]:
    if asked >= 0:
        yield Source("asked", _shorten("\n".join(turn.text for turn in turns[first : asked + 1])))
    told = [turn for turn in reversed(turns[asked + 1 :]) if turn.role == "tool"]
    for turn in told[:MAX_EARLIER]:
        yield Source("told", _shorten(turn.text))
    earlier = [
        turn for turn in reversed(turns[: max(first, 0)]) if turn.role in ("user", "assistant", "tool")
    ]
    for turn in earlier[:MAX_EARLIER]:
        yield Source("earlier", _shorten(turn.text))
    instructions = [turn for turn in turns if turn.role in ("system", "developer")]
    for turn in instructions[:1]:
        yield Source("system", _shorten(turn.text))


def _shorten(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]}\n{text[-half:]}"
