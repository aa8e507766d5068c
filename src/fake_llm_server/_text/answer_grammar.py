r"""The language that an answer must lie in: text, calls, or either, as one Lark grammar.

Calls are always written under a grammar, so arguments satisfy their schema however small the model is.
Where the model may choose (`auto`), text runs free up to the mark that opens a call; from there on the
grammar holds. Thoughts, where the model thinks, come before all of it. The grammars, for calls `c` and
text `t`:

| tool use | one call at most | parallel calls |
| --- | --- | --- |
| named | `c` | `c` |
| required | `c` | `c (\n c)*` |
| auto, marks around calls | `t? c \| t` | `t? c (\n c)* \| t` |
| auto, bare JSON calls | `c \| t`, where `t` doesn't begin with a brace | the same with `c (\n c)*` |
| decided (`tool_choice`), text | `t`, without a mark that opens a call | the same |
| decided, calls `c1` and `c2` | `c1` | `c1 \n c2` |

Single calls have no `(\n c)*`: what isn't decided makes one call at most.

Source: llguidance's dialect of Lark, https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal

from llguidance import regex_to_lark

from fake_llm_server._seam import (
    AnswerFormat,
    Constraint,
    GenerationRequest,
    Grammar,
    JsonObject,
    TextPattern,
    Tool,
)
from fake_llm_server._text.bounded_schema import bound_schema
from fake_llm_server._text.closed_objects import close_objects
from fake_llm_server._text.loose_schema import loosen
from fake_llm_server._text.prompt import offered_tools
from fake_llm_server._text.thought_marks import THINK_BEGIN, THINK_END
from fake_llm_server._text.tool_format import CUSTOM_BEGIN, CUSTOM_END, ToolCallFormat, custom_head

Thoughts = Literal["none", "unopened", "opened"]
"""Whether an answer begins with thoughts, and whether their mark still has to be written."""

_ANY_TEXT = r"/(.|\n)*/"
_NO_BRACE_FIRST = r"/([^{](.|\n)*)?/"
_GUIDANCE = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
"""No choice of white space: small models would go on choosing it."""


def constrain_answer(
    request: GenerationRequest,
    call_format: ToolCallFormat,
    *,
    has_call_token: bool,
    thoughts: Thoughts = "none",
    is_bounded: bool = True,
    calls: Sequence[Tool] | None = None,
    is_single: bool = False,
) -> Constraint | None:
    """The language of the answer to `request`, or None where any text will do.

    Args:
        request: what is asked for.
        call_format: how the model writes calls.
        has_call_token: whether the mark that opens a call is one token of the vocabulary.
        thoughts: whether thoughts come first, and whether the prompt has opened them already.
        is_bounded: whether what a schema leaves open is bounded.
        calls: the tools that are called, in their order, each with the parameters of its very call; empty is
            text, None leaves it to the model.
        is_single: whether no call follows but those.
    """
    rules = _answer_rules(
        request,
        call_format,
        calls,
        has_call_token=has_call_token,
        is_bounded=is_bounded,
        is_single=is_single,
    )
    if rules is None:
        return None
    if thoughts == "none":
        if request.answer_format is not None and not offered_tools(request):
            return constrain_format(request.answer_format, is_bounded=is_bounded)
        return Constraint("lark", "\n".join(["start: answer", *rules]))
    opening = "" if thoughts == "opened" else json.dumps(THINK_BEGIN)
    thinking = [f"thoughts[lazy]: {opening} ANY_TEXT {json.dumps(THINK_END)}", f"ANY_TEXT: {_ANY_TEXT}"]
    return Constraint("lark", "\n".join([r"start: thoughts /\n*/ answer", *thinking, *rules]))


def is_text_free(request: GenerationRequest) -> bool:
    """Whether an answer may be text that nothing constrains, so that it is never known to be complete."""
    return request.answer_format is None and request.tool_use.mode != "required"


def _answer_rules(
    request: GenerationRequest,
    call_format: ToolCallFormat,
    decided: Sequence[Tool] | None,
    *,
    has_call_token: bool,
    is_bounded: bool,
    is_single: bool,
) -> list[str] | None:
    """The rule `answer` and those it needs, or None where any text will do."""
    tools = offered_tools(request)
    answer_format = request.answer_format
    text = None if answer_format is None else constrain_format(answer_format, is_bounded=is_bounded)
    if not tools:
        return None if text is None else [_rule("answer", text)]
    calls = _CallRules(decided or tools, call_format, has_call_token=has_call_token, is_bounded=is_bounded)
    is_many = request.tool_use.is_parallel and request.tool_use.named is None and not is_single
    more = ' ("\\n" call)*' if is_many else ""
    if decided:
        return [f"answer: {calls.sequence}{more}", calls.rules]
    if decided is not None:
        return [_rule("answer", text)] if text is not None else ["answer: TEXT", f"TEXT: {calls.no_call}"]
    if request.tool_use.mode == "required":
        return [f"answer: call{more}", calls.rules]
    if text is not None:
        return [f"answer: call{more} | text", _rule("text", text), calls.rules]
    if calls.have_marks:
        return [f"answer: opened{more} | TEXT", f"TEXT: {_ANY_TEXT}", calls.opened_rules, calls.rules]
    return [f"answer: call{more} | TEXT", f"TEXT: {_NO_BRACE_FIRST}", calls.rules]


def constrain_format(answer_format: AnswerFormat, *, is_bounded: bool = True) -> Constraint:
    """The language of an answer's text: of a pattern, or JSON without needless white space.

    A constraint reaches the engine with its reproducible spelling: keys stay in the order of the schema,
    because that is the order in which the model writes them.
    """
    if isinstance(answer_format, TextPattern):
        return Constraint("regex", answer_format.pattern)
    schema = None if isinstance(answer_format, JsonObject) else answer_format.schema
    guide = guide_schema({"type": "object"} if schema is None else schema, is_bounded=is_bounded)
    return Constraint("json_schema", json.dumps(guide))


def constrain_input(tool: Tool, *, is_bounded: bool = True) -> Constraint | None:
    """The language of a tool's arguments or input, or None where any text will do."""
    if tool.kind == "custom":
        return None if tool.grammar is None else _read_grammar(tool.grammar)
    return Constraint("json_schema", json.dumps(_arguments_guide(tool, is_bounded=is_bounded)))


def _arguments_guide(tool: Tool, *, is_bounded: bool) -> Any:
    return guide_schema(arguments_schema(tool), is_lenient=not tool.strict, is_bounded=is_bounded)


def _read_grammar(grammar: Grammar) -> Constraint:
    return Constraint(grammar.syntax, grammar.definition)


def guide_schema(schema: Any, *, is_lenient: bool = False, is_bounded: bool = True) -> Any:
    """The schema for llguidance: bounded or closed, without what it can't hold, and with settings.

    Args:
        schema: the client's.
        is_lenient: whether keywords that llguidance doesn't know are skipped.
        is_bounded: whether what it leaves open is bounded. A schema that the bounds can't be given to is
            closed like the others.
    """
    if not isinstance(schema, dict):
        return schema
    guidance = {**_GUIDANCE, "coerce_one_of": True, **({"lenient": True} if is_lenient else {})}
    bounded = bound_schema(loosen(schema, drops_bounds=False)) if is_bounded else None
    return {**(bounded or loosen(close_objects(schema))), "x-guidance": guidance}


class _CallRules:
    """The rules of calls: `call`, and `opened` for a call that free text comes before."""

    def __init__(
        self, tools: Sequence[Tool], call_format: ToolCallFormat, *, has_call_token: bool, is_bounded: bool
    ) -> None:
        self._tools = tools
        self._is_bounded = is_bounded
        self._format = call_format
        self._has_call_token = has_call_token
        self.have_marks = bool(call_format.begin) or all(tool.kind == "custom" for tool in tools)

    @property
    def rules(self) -> str:
        """`call`, and a rule for each tool."""
        names = " | ".join(f"call_{number}" for number in range(len(self._tools)))
        calls = [
            f"call_{number}: {self._mark(tool)} call_rest_{number}\n{self._rest_rules(number, tool)}"
            for number, tool in enumerate(self._tools)
        ]
        return "\n".join([f"call: {names}", *calls])

    @property
    def sequence(self) -> str:
        """One call of each tool, in their order."""
        return ' "\\n" '.join(f"call_{number}" for number in range(len(self._tools)))

    @property
    def no_call(self) -> str:
        """Text in which no call is opened."""
        if not self.have_marks:
            return _NO_BRACE_FIRST
        marks = "|".join(dict.fromkeys(re.escape(self._mark_text(tool)) for tool in self._tools))
        return f"{_ANY_TEXT} & ~/(.|\\n)*({marks})(.|\\n)*/"

    @property
    def opened_rules(self) -> str:
        """`opened`: text up to a mark, then the rest of the call."""
        names = " | ".join(f"opened_{number}" for number in range(len(self._tools)))
        rules = [f"opened: {names}"]
        for number, tool in enumerate(self._tools):
            mark = self._mark(tool)
            if mark.startswith("<"):
                rules.append(f"opened_{number}: TEXT {mark} call_rest_{number}")
            else:
                rules.append(f"opened_{number}: trigger_{number} call_rest_{number}")
                rules.append(f"trigger_{number}[lazy]: TEXT {mark}")
        return "\n".join(rules)

    def _head(self, tool: Tool) -> str:
        return self._format.call_head(tool.name) if tool.kind == "function" else custom_head(tool.name)

    def _mark_text(self, tool: Tool) -> str:
        """What opens the call: where free text may stand before, this alone ends it."""
        if tool.kind == "custom":
            return CUSTOM_BEGIN
        return self._format.begin.rstrip("\n") or self._head(tool)

    def _mark(self, tool: Tool) -> str:
        """The mark as Lark: a token of the vocabulary, or text."""
        text = self._mark_text(tool)
        is_token = self._has_call_token and tool.kind == "function" and self._format.begin != ""
        return text if is_token else json.dumps(text)

    def _rest_rules(self, number: int, tool: Tool) -> str:
        """What follows the mark: the rest of the head, the arguments or input, and the tail."""
        head = self._head(tool)[len(self._mark_text(tool)) :]
        opening = json.dumps(head) if head else ""
        if tool.kind == "function":
            arguments = json.dumps(_arguments_guide(tool, is_bounded=self._is_bounded))
            return f"call_rest_{number}: {opening} %json {arguments} {json.dumps(self._format.call_tail)}"
        if tool.grammar is None:
            return (
                f"call_rest_{number}: {opening} input_{number}\n"
                f"input_{number}[suffix={json.dumps(CUSTOM_END)}]: {_ANY_TEXT}"
            )
        return (
            f"call_rest_{number}: {opening} input_{number} {json.dumps(CUSTOM_END)}\n"
            f"{_rule(f'input_{number}', _read_grammar(tool.grammar))}"
        )


def arguments_schema(tool: Tool) -> Any:
    """The schema of a function's arguments; without parameters they are an empty object."""
    if tool.parameters is None:
        return {"type": "object", "properties": {}, "additionalProperties": False}
    return tool.parameters


def _rule(name: str, constraint: Constraint) -> str:
    """A rule for a constraint of any kind."""
    match constraint.kind:
        case "json_schema":
            return f"{name}: %json {constraint.source}"
        case "regex":
            return f"{name}: /{regex_to_lark(constraint.source)}/"
        case "lark":
            return f"{name}: %lark {{\n{constraint.source}\n}}"
