"""What a reply says of a text that the model writes."""

from dataclasses import dataclass
from typing import Any

from fake_llm_server._seam import JsonSchema


@dataclass(frozen=True, slots=True)
class LikeText:
    """Text that a regular expression matches as a whole."""

    pattern: str


@dataclass(frozen=True, slots=True)
class SchemaText:
    """JSON that satisfies a schema."""

    schema: JsonSchema


@dataclass(frozen=True, slots=True)
class PartialText:
    """JSON of a value in which `...` stands for what is left out.

    As the name in an object it stands for whatever else the request's schema has there.
    """

    value: Any


WantedText = LikeText | SchemaText | PartialText
