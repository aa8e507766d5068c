"""The tables by which the values of calls and structured answers are measured.

The calls are those of `benchmarks.tool_cases`; the structured answers lie in
`tests/cases/structured_answers.json`. A rule is developed on the half `development`; the half `measured` is
only counted.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.tool_cases import Half, read_cases
from fake_llm_server._seam import GenerationRequest, JsonSchemaFormat, Tool, Turn

_PATH = Path(__file__).parent.parent / "tests" / "cases" / "structured_answers.json"


@dataclass(frozen=True)
class AnswerCase:
    """A text, the schema it is put into, and what each property may then have."""

    name: str
    half: Half
    schema_name: str
    schema: dict[str, Any]
    text: str
    due: dict[str, list[Any]]

    def read_request(self) -> GenerationRequest:
        """As a model is asked."""
        return GenerationRequest(
            (Turn("user", self.text),), answer_format=JsonSchemaFormat(self.schema_name, self.schema)
        )


@dataclass(frozen=True)
class CallCase:
    """A call that is due: its request, its tool, how many calls of the tool come before it, its values."""

    name: str
    half: Half
    request: GenerationRequest
    calls: tuple[Tool, ...]
    number: int
    messages: list[dict[str, Any]]
    due: dict[str, list[Any]]


@cache
def read_answer_cases() -> tuple[AnswerCase, ...]:
    """All structured answers, in the table's order."""
    table = json.loads(_PATH.read_text(encoding="utf-8"))
    return tuple(
        AnswerCase(
            case["name"],
            case["half"],
            case["schema"],
            table["schemas"][case["schema"]],
            case["text"],
            case["due"],
        )
        for case in table["cases"]
    )


def iter_call_cases() -> Iterator[CallCase]:
    """The calls with values, each with all calls of its turn."""
    for case in read_cases():
        request = case.read_request()
        calls = tuple(_order_calls(request, case.expected, case.arguments))
        for number, due in enumerate(case.arguments):
            if due:
                yield CallCase(case.name, case.half, request, calls, number, case.messages, due)


def _order_calls(
    request: GenerationRequest, names: tuple[str, ...], arguments: tuple[dict[str, list[Any]], ...]
) -> Iterator[Tool]:
    """The tool of each call: the first of those that are left and have its arguments."""
    tools = {tool.name: tool for tool in request.tools}
    left, ordered = list(names), {}
    for number, due in sorted(enumerate(arguments), key=lambda each: -len(each[1])):
        name = next(name for name in left if set(due) <= _property_names(tools[name]))
        left.remove(name)
        ordered[number] = tools[name]
    yield from (ordered[number] for number in range(len(arguments)))


def _property_names(tool: Tool) -> set[str]:
    return set(tool.parameters.get("properties", {})) if isinstance(tool.parameters, dict) else set()
