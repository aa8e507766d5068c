"""What a tool says of itself: its words, how much each tells, and the kinds of values that it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fake_llm_server._seam import Tool
from fake_llm_server._text.tool_choice.meanings import ACTIONS, THINGS
from fake_llm_server._text.tool_choice.value_kinds import asked_kind
from fake_llm_server._text.tool_choice.words import split_words

NAME, DESCRIPTION, PARAMETER, PARAMETER_TEXT = 1.0, 0.7, 0.4, 0.25
"""How much a word tells, by where it stands."""

MAX_CHARACTERS = 2_000
"""Of a description that is read."""

MAX_WORDS = 400
"""Of a tool."""

MAX_PARAMETERS = 40


@dataclass(frozen=True, slots=True)
class ToolWords:
    """A tool, read.

    Attributes:
        weights: how much each word tells, of those that it has.
        groups: the same for the meanings of its words; see `meanings`.
        kinds: of values that its parameters take, and whether one that takes it is required.
    """

    tool: Tool
    weights: Mapping[str, float]
    groups: Mapping[str, float]
    kinds: Mapping[str, bool]


def read_tool(tool: Tool) -> ToolWords:
    """Read what a tool says of itself, as far as it isn't too long."""
    weights: dict[str, float] = {}
    groups: dict[str, float] = {}
    for text, weight in _iter_texts(tool):
        for word in split_words(text[:MAX_CHARACTERS]):
            if len(weights) >= MAX_WORDS:
                break
            weights[word] = max(weights.get(word, 0.0), weight)
            for group in (*THINGS.get(word, ()), *ACTIONS.get(word, ())):
                groups[group] = max(groups.get(group, 0.0), weight)
    return ToolWords(tool, weights, groups, dict(_iter_kinds(tool)))


def _iter_texts(tool: Tool) -> Iterator[tuple[str, float]]:
    yield tool.name, NAME
    yield tool.description or "", DESCRIPTION
    for name, schema in parameters(tool):
        yield name, PARAMETER
        yield str(schema.get("description") or ""), PARAMETER_TEXT
        choices = schema.get("enum")
        if isinstance(choices, list):
            words = (choice for choice in choices[:MAX_PARAMETERS] if isinstance(choice, str))
            yield " ".join(words), PARAMETER


def _iter_kinds(tool: Tool) -> Iterator[tuple[str, bool]]:
    required = required_parameters(tool)
    found: dict[str, bool] = {}
    for name, schema in parameters(tool):
        kind = asked_kind(name, schema)
        if kind is not None:
            found[kind] = found.get(kind, False) or name in required
    yield from found.items()


def parameters(tool: Tool) -> list[tuple[str, Mapping[str, Any]]]:
    """The first parameters of a function, each with its schema."""
    schema = tool.parameters
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping):
        return []
    pairs = [(name, own) for name, own in properties.items() if isinstance(own, Mapping)]
    return pairs[:MAX_PARAMETERS]


def required_parameters(tool: Tool) -> list[Any]:
    """Names of the parameters that a call must have."""
    required = tool.parameters.get("required") if isinstance(tool.parameters, Mapping) else None
    return required if isinstance(required, list) else []
