"""What a handler asks of a model: plain types, free of any wire format and of any library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "developer", "user", "assistant", "tool"]
CallKind = Literal["function", "custom"]
JsonSchema = Mapping[str, Any] | bool


DEFAULT_TEMPERATURE = 0.0
"""Where OpenAI's is 1: the same request is to give the same answer."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn from the model's distribution.

    Attributes:
        temperature: 0 is greedy; above it the logits are divided by it. In [0, 2].
        top_p: nucleus mass that is kept, in [0, 1].
        seed: fixes the draw; None draws anew each time. Any 64-bit signed integer.
        frequency_penalty: subtracted from a token's logit for each time it was generated. In [-2, 2].
        presence_penalty: subtracted once from the logit of a token that was generated. In [-2, 2].
        logit_bias: token id to an addend of its logit, in [-100, 100].
    """

    temperature: float = DEFAULT_TEMPERATURE
    top_p: float = 1.0
    seed: int | None = None
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    logit_bias: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """The answer is any JSON object."""


@dataclass(frozen=True, slots=True)
class JsonSchemaFormat:
    """The answer is JSON that satisfies a schema.

    Attributes:
        name: the client's for the schema.
        schema: as the client sent it; None allows any object.
        is_strict: whether OpenAI's rules for strict schemas hold for it.
        description: what the client says the answer is for.
    """

    name: str
    schema: JsonSchema | None = None
    is_strict: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True)
class TextPattern:
    """The answer is text that a regular expression matches as a whole. Tests ask for it, clients can't."""

    pattern: str


AnswerFormat = JsonObject | JsonSchemaFormat | TextPattern


@dataclass(frozen=True, slots=True)
class Grammar:
    """The language of a custom tool's input.

    Attributes:
        syntax: what `definition` is written in, as OpenAI names it.
        definition: the grammar or regular expression, as the client sent it.
    """

    syntax: Literal["lark", "regex"]
    definition: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that an assistant made in an earlier turn.

    Attributes:
        arguments: the JSON text of a function's arguments, or the free input of a custom tool.
    """

    call_id: str
    kind: CallKind
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation.

    Attributes:
        call_id: which call a `tool` turn answers.
        reasoning: what an assistant thought before its text.
    """

    role: Role
    text: str
    name: str | None = None
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None
    reasoning: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the model may call.

    Attributes:
        parameters: JSON schema of a function's arguments; None takes no arguments.
        grammar: language of a custom tool's input; None takes any text.
    """

    kind: CallKind
    name: str
    description: str | None = None
    parameters: JsonSchema | None = None
    grammar: Grammar | None = None
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ToolUse:
    """Whether, which and how many tools the model may or must call.

    Attributes:
        mode: `none` forbids, `auto` leaves it to the model, `required` demands at least one call.
        named: the one tool that must be called, when the client named it; then `mode` is `required`.
        allowed: names the choice is limited to; None allows every tool.
        is_parallel: whether more than one call may be made in a turn.
        hosted: types of tools that OpenAI runs itself, one of which must be called; then `mode` is
            `required`. No model here can do that.
    """

    mode: Literal["none", "auto", "required"] = "none"
    named: str | None = None
    allowed: frozenset[str] | None = None
    is_parallel: bool = True
    hosted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One request to a model, free of any wire format.

    Attributes:
        max_tokens: upper bound of generated tokens, reasoning included; None is bounded by the window.
        stop: strings that end the text; they are not part of it.
        num_choices: how many answers are drawn for the one prompt.
        num_top_logprobs: how many alternatives to report with each token; None reports no logprobs.
        answer_format: what the answer's text must be; None is free text.
        reasoning_effort: the client's word for it, or None for the model's default.
        hosted_tools: types of tools that are offered and that OpenAI runs itself, such as `web_search`.
        prediction: text that the answer is expected to repeat; None when nothing is predicted.
    """

    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    tool_use: ToolUse = ToolUse()
    sampling: Sampling = Sampling()
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    num_choices: int = 1
    num_top_logprobs: int | None = None
    answer_format: AnswerFormat | None = None
    reasoning_effort: str | None = None
    prediction: str | None = None
    hosted_tools: frozenset[str] = frozenset()
