"""The table of requests with tools, and what a sensible model answers each with.

`tests/cases/tool_choices.json` holds it: tools by name, and cases. A rule is developed on the cases of the
half `development`; those of the half `measured` are only counted.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fake_llm_server._api.chat.generation_request import read_generation_request
from fake_llm_server._contract.parsing import parse_json_body
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest
from fake_llm_server._seam import GenerationRequest

_PATH = Path(__file__).parent.parent / "tests" / "cases" / "tool_choices.json"

Half = Literal["development", "measured"]


@dataclass(frozen=True)
class ToolCase:
    """A request and the answer that is due.

    Attributes:
        messages: of a chat request.
        tools: in OpenAI's form.
        expected: names of the tools that are to be called, sorted; none where text is due.
        arguments: for each call, in the table's order, values that each argument may have.
    """

    name: str
    domain: str
    half: Half
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    expected: tuple[str, ...]
    arguments: tuple[dict[str, list[Any]], ...]

    @property
    def body(self) -> dict[str, Any]:
        """A chat request's body, without a model."""
        return {"messages": self.messages, "tools": self.tools}

    def read_request(self, **options: Any) -> GenerationRequest:
        """As the model is asked; options are fields of the request's body."""
        text = json.dumps({"model": "any", **self.body, **options}).encode()
        return read_generation_request(parse_json_body(CreateChatCompletionRequest, text))


@cache
def read_cases() -> tuple[ToolCase, ...]:
    """All cases, in the table's order."""
    table = json.loads(_PATH.read_text(encoding="utf-8"))
    return tuple(_read_case(case, table["tools"]) for case in table["cases"])


def _read_case(case: dict[str, Any], tools: dict[str, Any]) -> ToolCase:
    expected, arguments = case["expected"], case["arguments"]
    if isinstance(expected, str):
        expected, arguments = ([], []) if expected == "text" else ([expected], [arguments])
    return ToolCase(
        name=case["name"],
        domain=case["domain"],
        half=case["half"],
        messages=case["messages"],
        tools=[tools[name] for name in case["tools"]],
        expected=tuple(sorted(expected)),
        arguments=tuple(arguments),
    )
