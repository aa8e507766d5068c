"""How a model writes its tool calls: the marks around a call, and the names of its parts.

Most open models write Hermes' form, `<tool_call>{"name": …, "arguments": …}</tool_call>`; Llama 3 writes
a bare object with `parameters`. A model whose template says nothing of tools is taught Hermes' form in
words. A custom tool's input is free text, not JSON, so its call carries the name in the opening mark.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fake_llm_server._seam import Tool, ToolCall

CUSTOM_BEGIN = "<custom_call:"
CUSTOM_END = "</custom_call>"


@dataclass(frozen=True, slots=True)
class ToolCallFormat:
    """The form of a function call in a model's text.

    Attributes:
        begin: what opens a call; empty where a call is a bare JSON object.
        end: what closes it.
        arguments_key: name of the member that holds the arguments.
    """

    begin: str
    end: str
    arguments_key: str

    def call_head(self, tool_name: str) -> str:
        """Text of a function call up to its arguments."""
        return f'{self.begin}{{"name": {json.dumps(tool_name)}, "{self.arguments_key}": '

    @property
    def call_tail(self) -> str:
        """Text of a function call after its arguments."""
        return f"}}{self.end}"

    def write_call(self, call: ToolCall) -> str:
        """Text of a call that was made."""
        if call.kind == "custom":
            return f"{custom_head(call.name)}{call.arguments}{CUSTOM_END}"
        return f"{self.call_head(call.name)}{call.arguments or '{}'}{self.call_tail}"


HERMES = ToolCallFormat(begin="<tool_call>\n", end="\n</tool_call>", arguments_key="arguments")
LLAMA3 = ToolCallFormat(begin="", end="", arguments_key="parameters")


def find_format(template_source: str) -> ToolCallFormat:
    """The form that the author of a chat template had in mind."""
    is_llama3 = "<|python_tag|>" in template_source and "<tool_call>" not in template_source
    return LLAMA3 if is_llama3 else HERMES


def custom_head(tool_name: str) -> str:
    """Text of a custom tool's call up to its input."""
    return f"{CUSTOM_BEGIN}{tool_name}>"


def template_tool(tool: Tool) -> dict[str, Any]:
    """A tool as chat templates read it: OpenAI's function object."""
    function = {
        "name": tool.name,
        "description": tool.description or "",
        "parameters": tool.parameters or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def describe_tools(tools: Sequence[Tool], call_format: ToolCallFormat) -> str:
    """Tell a model, in words, of the tools that its template can't tell it of."""
    functions = [tool for tool in tools if tool.kind == "function"]
    customs = [tool for tool in tools if tool.kind == "custom"]
    parts = []
    if functions:
        parts.append(_describe_functions(functions, call_format))
    if customs:
        parts.append(_describe_customs(customs))
    return "\n\n".join(parts)


def _describe_functions(tools: Sequence[Tool], call_format: ToolCallFormat) -> str:
    listed = "\n".join(json.dumps(template_tool(tool)["function"], ensure_ascii=False) for tool in tools)
    example = f"{call_format.call_head('NAME')}{{ARGUMENTS}}{call_format.call_tail}"
    return f"You can call these functions:\n{listed}\nTo call one, answer with:\n{example}"


def _describe_customs(tools: Sequence[Tool]) -> str:
    listed = "\n".join(
        f"{tool.name}: {tool.description or 'takes text'}{_describe_input(tool)}" for tool in tools
    )
    example = f"{custom_head('NAME')}INPUT{CUSTOM_END}"
    return f"You can use these tools:\n{listed}\nTo use one, answer with:\n{example}"


def _describe_input(tool: Tool) -> str:
    if tool.grammar is None:
        return ""
    return f" (its input must match this {tool.grammar.syntax} grammar: {tool.grammar.definition})"
