"""Renders a conversation with the chat template that a model's file carries.

A template is Jinja, run in a sandbox with the functions that the `transformers` library promises it
(`raise_exception`, `strftime_now`, `tojson` that leaves non-ASCII alone). The clock is stopped at
`TEMPLATE_DATE`: some templates print the day, and the same request must give the same prompt tomorrow.

What a template knows (tools, a system message, tool results, thinking) is found by rendering probes,
because templates don't declare it. What it doesn't know is told to the model in words instead, so that
every model takes every conversation.

Source: `transformers`' chat-template contract,
https://huggingface.co/docs/transformers/chat_templating_writing
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import jinja2
import jinja2.sandbox

from fake_llm_server._errors import InvalidRequestError, ModelLoadError

TEMPLATE_DATE = datetime(2025, 1, 1, tzinfo=UTC)
"""The day that every template believes it is."""

TemplateMessage = Mapping[str, Any]
"""A message as templates read it: `role`, `content`, and `tool_calls` where there are any."""

_PROBE = "probe-4bd1"
_PROBE_RESULT = "result-93fe"
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
        environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise_exception
        environment.globals["strftime_now"] = TEMPLATE_DATE.strftime
        try:
            return environment.from_string(self.source)
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
        try:
            return self._template.render(
                messages=[dict(message) for message in messages],
                tools=[dict(tool) for tool in tools] or None,
                add_generation_prompt=True,
                bos_token=self.bos,
                eos_token=self.eos,
                **(variables or {}),
            )
        except (jinja2.TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            message = f"The chat template of model {self.model_name} can't take these messages: {error}."
            raise TemplateError(message, param="messages", code="invalid_value") from error

    @cached_property
    def knows_tools(self) -> bool:
        """Whether the prompt shows the tools that it is given."""
        return _PROBE in self._probe([{"role": "user", "content": "a"}], tools=[_PROBE_TOOL])

    @cached_property
    def knows_system(self) -> bool:
        """Whether a system message before the first user message is shown."""
        messages = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "a"}]
        return _PROBE in self._probe(messages)

    @cached_property
    def knows_late_system(self) -> bool:
        """Whether a system message in mid-conversation is shown."""
        messages = [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
            {"role": "system", "content": _PROBE},
            {"role": "user", "content": "c"},
        ]
        return _PROBE in self._probe(messages)

    @cached_property
    def knows_repeated_roles(self) -> bool:
        """Whether two messages of one role may follow each other."""
        messages = [{"role": "user", "content": "a"}, {"role": "user", "content": _PROBE}]
        return _PROBE in self._probe(messages)

    @cached_property
    def knows_tool_calls(self) -> bool:
        """Whether an assistant's calls and a tool's results are both shown."""
        call = {"type": "function", "id": "call00001", "function": {"name": _PROBE, "arguments": {}}}
        messages: list[TemplateMessage] = [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": _PROBE_RESULT, "tool_call_id": "call00001", "name": "other"},
        ]
        rendered = self._probe(messages)
        return _PROBE in rendered and _PROBE_RESULT in rendered

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
    ) -> str:
        """Render a probe; a template that refuses it shows nothing."""
        try:
            return self.render(messages, tools=tools, variables=variables)
        except TemplateError:
            return ""


def _to_json(value: object, indent: int | None = None, **_options: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)
