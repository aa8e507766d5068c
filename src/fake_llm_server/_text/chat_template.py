"""Renders a conversation with the chat template that a model's file carries.

The language of templates is `template_language`'s. The clock in it is stopped: some templates print the
day, and the same request must give the same prompt tomorrow.

What a template knows (tools, a system message, tool results, thinking) is found by rendering probes,
because templates don't declare it. What it doesn't know is told to the model in words instead (`prompt`),
so that every model takes every conversation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jinja2

from fake_llm_server._errors import InvalidRequestError, ModelLoadError
from fake_llm_server._text.template_language import compile_template

TemplateMessage = Mapping[str, Any]
"""A message as templates read it: `role`, `content`, and `tool_calls` where there are any."""

_PROBE = "probe-4bd1"
_PROBE_RESULT = "result-93fe"
_PROBE_ARGUMENT = "argument-7c2a"
_PROBE_TEXT = "text-a05d"
_PROBE_TOOL = {
    "type": "function",
    "function": {
        "name": _PROBE,
        "description": _PROBE,
        "parameters": {"type": "object", "properties": {}},
    },
}


class TemplateError(InvalidRequestError):
    """The model's template refuses this conversation, or can't be run on it."""


@dataclass(frozen=True)
class ChatTemplate:
    """A model's chat template.

    Attributes:
        source: the Jinja text.
        model_name: for error messages.
        bos: text of the beginning-of-sequence token, or "".
        eos: text of the end-of-sequence token, or "".

    Raises:
        ModelLoadError: `source` isn't valid Jinja.
    """

    source: str
    model_name: str
    bos: str = ""
    eos: str = ""

    def __post_init__(self) -> None:
        """Compile at once, so that a broken template shows when the model is loaded."""
        _ = self._template

    @cached_property
    def _template(self) -> jinja2.Template:
        try:
            return compile_template(self.source)
        except jinja2.TemplateSyntaxError as error:
            message = f"The chat template of model {self.model_name} isn't valid Jinja: {error}."
            raise ModelLoadError(message) from error

    def render(
        self,
        messages: Sequence[TemplateMessage],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        variables: Mapping[str, Any] | None = None,
    ) -> str:
        """Render the prompt that asks for the assistant's next message.

        Args:
            messages: in order; only roles that the template knows.
            tools: OpenAI's tool objects; give them only if `knows_tools`.
            variables: further names for the template, such as `enable_thinking`.

        Raises:
            TemplateError: the template refuses the conversation, or fails on it.
        """
        return self._render(messages, {**self._name_tools(tools), **(variables or {})})

    def _render(self, messages: Sequence[TemplateMessage], variables: Mapping[str, Any]) -> str:
        try:
            return self._template.render(
                messages=[dict(message) for message in messages],
                add_generation_prompt=True,
                bos_token=self.bos,
                eos_token=self.eos,
                **variables,
            )
        except (jinja2.TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            message = f"The chat template of model {self.model_name} can't take these messages: {error}."
            raise TemplateError(message, param="messages", code="invalid_value") from error

    def _name_tools(self, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        if tools:
            return {self._tools_variable or "tools": [dict(tool) for tool in tools]}
        return {"tools": self._no_tools}

    @cached_property
    def _no_tools(self) -> list[Any] | None:
        """What stands for no tools: None in most templates, but some go through them unasked."""
        hello = [{"role": "user", "content": _PROBE}]
        for nothing in (None, list[Any]()):
            if _PROBE in self._probe(hello, variables={"tools": nothing}, names_tools=False):
                return nothing
        return None

    @cached_property
    def _tools_variable(self) -> str | None:
        """The name by which the template knows tools (SmolLM3's calls them `xml_tools`), or None."""
        for name in ("tools", "xml_tools"):
            variables = {"tools": self._no_tools, name: [_PROBE_TOOL]}
            hello = [{"role": "user", "content": "a"}]
            if _PROBE in self._probe(hello, variables=variables, names_tools=False):
                return name
        return None

    @property
    def knows_tools(self) -> bool:
        """Whether the prompt shows the tools that it is given."""
        return self._tools_variable is not None

    @cached_property
    def knows_system(self) -> bool:
        """Whether a system message before the first user message is shown."""
        messages = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "a"}]
        return _PROBE in self._probe(messages)

    @cached_property
    def knows_late_system(self) -> bool:
        """Whether a system message in mid-conversation is shown, beside one at the beginning."""
        first = [{"role": "system", "content": _PROBE_RESULT}] if self.knows_system else []
        messages = [
            *first,
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "system", "content": _PROBE},
            {"role": "user", "content": "c"},
        ]
        rendered = self._probe(messages)
        return _PROBE in rendered and (not first or _PROBE_RESULT in rendered)

    @cached_property
    def needs_user(self) -> bool:
        """Whether a conversation without any user message is refused, or isn't shown with its tools."""
        tools = [_PROBE_TOOL] if self.knows_tools else []
        rendered = self._probe([{"role": "system", "content": _PROBE_RESULT}], tools=tools)
        return _PROBE_RESULT not in rendered or (self.knows_tools and _PROBE not in rendered)

    @cached_property
    def knows_repeated_roles(self) -> bool:
        """Whether two messages of one role may follow each other."""
        messages = [{"role": "user", "content": "a"}, {"role": "user", "content": _PROBE}]
        return _PROBE in self._probe(messages)

    @cached_property
    def knows_tool_calls(self) -> bool:
        """Whether an assistant's call, its arguments and its result are all shown."""
        rendered = self._probe(_write_calls(1))
        return all(part in rendered for part in (_PROBE, f"{_PROBE_ARGUMENT}0", f"{_PROBE_RESULT}0"))

    @cached_property
    def knows_parallel_calls(self) -> bool:
        """Whether one assistant message may have two calls, which both are shown."""
        rendered = self._probe(_write_calls(2))
        return all(
            f"{part}{number}" in rendered for part in (_PROBE_ARGUMENT, _PROBE_RESULT) for number in (0, 1)
        )

    @cached_property
    def knows_text_beside_calls(self) -> bool:
        """Whether an assistant message may have both text and a call, which both are shown."""
        rendered = self._probe(_write_calls(1, text=_PROBE_TEXT))
        return _PROBE_TEXT in rendered and f"{_PROBE_ARGUMENT}0" in rendered

    @cached_property
    def thinking_variable(self) -> str | None:
        """The variable by which the template switches thinking on and off, or None."""
        messages = [{"role": "user", "content": "a"}]
        for name in ("enable_thinking", "thinking"):
            switched_on = self._probe(messages, variables={name: True})
            if switched_on != self._probe(messages, variables={name: False}):
                return name
        return None

    def _probe(
        self,
        messages: Sequence[TemplateMessage],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        variables: Mapping[str, Any] | None = None,
        names_tools: bool = True,
    ) -> str:
        """Render a probe; a template that refuses it shows nothing."""
        named = self._name_tools(tools) if names_tools else {}
        try:
            return self._render(messages, {**named, **(variables or {})})
        except TemplateError:
            return ""


def _write_calls(num_calls: int, text: str = "") -> list[TemplateMessage]:
    """A conversation in which an assistant called tools, as a probe."""
    ids = [f"call0000{number}" for number in range(num_calls)]
    calls = [
        {
            "type": "function",
            "id": call_id,
            "function": {"name": _PROBE, "arguments": {"a": f"{_PROBE_ARGUMENT}{number}"}},
        }
        for number, call_id in enumerate(ids)
    ]
    results = [
        {"role": "tool", "content": f"{_PROBE_RESULT}{number}", "tool_call_id": call_id, "name": "other"}
        for number, call_id in enumerate(ids)
    ]
    return [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": text, "tool_calls": calls},
        *results,
    ]
