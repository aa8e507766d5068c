"""Chooses for each parameter what the conversation gives it, once or for several calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from fake_llm_server._text.values.clauses import clauses_around, find_clauses
from fake_llm_server._text.values.conversation import Conversation
from fake_llm_server._text.values.conversion import convert
from fake_llm_server._text.values.enums import find_members, find_truth
from fake_llm_server._text.values.found import Value
from fake_llm_server._text.values.narrowing import satisfies
from fake_llm_server._text.values.parameters import Parameter, Schema
from fake_llm_server._text.values.phrases import (
    find_after_colon,
    find_command,
    find_expression,
    find_labelled,
    find_message,
    find_task,
    find_terms,
    find_title,
)
from fake_llm_server._text.values.scoring import Fit, assign, fit_value, siblings

MAX_CALLS = 8
"""Of one tool in one turn, as far as several values ask for them."""

MAX_ITEMS = 24

MAX_PASSED_ON = 500
"""Characters of a tool's result that is taken over as a whole."""

Choice = dict[tuple[str, ...], Any]


def choose(
    conversation: Conversation, schema: Schema, parameters: Sequence[Parameter], *, tool_name: str | None
) -> list[Choice]:
    """What is taken over, for each call that there is reason for; at least one, perhaps empty.

    Args:
        conversation: where values stand.
        schema: that the parameters are from.
        parameters: of the schema.
        tool_name: of the tool that is called; None for a structured answer, which takes no free text over.
    """
    return _Choosing(conversation, schema, parameters, tool_name=tool_name).run()


def leave_out(schema: Schema, parameters: Sequence[Parameter], chosen: Choice) -> Choice:
    """A choice that leaves out the optional parameters of a call to which the conversation says nothing.

    Where a schema names nothing as required and has no defaults, its author may have meant all of them: then,
    if nothing was chosen at all, it stays as it is.
    """
    completed = dict(chosen)
    is_lazy = not chosen and "required" not in schema
    for parameter in parameters:
        if parameter.path in completed:
            continue
        has_default = "default" in parameter.schema or (
            isinstance(parameter.own, Mapping) and "default" in parameter.own
        )
        if not parameter.is_required and (not is_lazy or has_default or parameter.is_nullable):
            completed[parameter.path] = None
        elif parameter.is_required and parameter.is_nullable:
            completed[parameter.path] = {"type": "null"}
    return completed


def _find_by_lead(concept: str, text: str, taken: Sequence[tuple[int, int]]) -> str | None:
    """Free text that the request marks as such."""
    match concept:
        case "expression":
            return find_expression(text)
        case "command":
            return find_command(text)
        case "message":
            return find_message(text)
        case "title" | "name":
            return find_title(text, taken)
        case "item":
            return find_title(text, taken) or find_task(text, taken)
    return None


class _Choosing:
    def __init__(
        self,
        conversation: Conversation,
        schema: Schema,
        parameters: Sequence[Parameter],
        *,
        tool_name: str | None,
    ) -> None:
        self._conversation = conversation
        self._schema = schema
        self._parameters = parameters
        self._is_call = tool_name is not None
        self._used = conversation.used_by_others(tool_name) if tool_name else frozenset[str]()
        self._chosen: Choice = {}
        self._fits: dict[tuple[str, ...], Fit] = {}

        words = frozenset[str]().union(*(parameter.context for parameter in parameters[:1]))
        self._clauses = find_clauses(conversation.asked, words) if tool_name else []

    def run(self) -> list[Choice]:
        self._keep_fixed()
        open_ = [parameter for parameter in self._parameters if parameter.path not in self._chosen]
        lists = [parameter for parameter in open_ if parameter.is_list]
        scalars = [parameter for parameter in open_ if not parameter.is_list]
        self._take_members(scalars)
        self._take_truths(scalars)
        self._take_values(scalars, lists)
        self._take_lists(lists)
        self._take_phrases(scalars)
        self._take_defaults(scalars)
        return self._vary()

    def _keep_fixed(self) -> None:
        """Keep what has a `const`, and look for the other values where that one stands first."""
        for parameter in self._parameters:
            if "const" not in parameter.schema or not self._put(parameter, parameter.schema["const"]):
                continue
            value = self._find_fixed(parameter.schema["const"])
            if value is not None:
                self._fits[parameter.path] = Fit(parameter, value, 1.0)
                self._clauses = clauses_around(self._conversation.asked, value.start) or self._clauses

    def _find_fixed(self, fixed: object) -> Value | None:
        """Where the last user turn says a value."""
        values = (value for value in self._conversation.values if value.source == "asked")
        return next((value for value in values if fixed in (value.text, value.number)), None)

    def _put(self, parameter: Parameter, value: object) -> bool:
        """Choose a value if the parameter's own schema takes it."""
        if value is None or not satisfies(self._schema, parameter.own, value):
            return False
        self._chosen[parameter.path] = {"const": value}
        return True

    def _texts(self, parameter: Parameter) -> list[str]:
        """Where words for a parameter are looked for; the earlier turns only for what is required."""
        sources = self._conversation.sources
        kinds = ("asked", "told", "earlier") if parameter.is_required else ("asked",)
        parts = [self._conversation.asked[start:end] for start, end in self._clauses]
        return parts + [source.text for source in sources if source.kind in kinds]

    def _take_members(self, parameters: Sequence[Parameter]) -> None:
        for parameter in parameters:
            if parameter.kind != "enum":
                continue
            for text in self._texts(parameter):
                members = find_members(parameter, text)
                free = [each for each in members if not self._is_taken_by_twin(parameter, each)]
                if any(self._put(parameter, member) for member in free[:1]):
                    break

    def _is_taken_by_twin(self, parameter: Parameter, member: object) -> bool:
        """Whether another parameter with the same members has this one: units are converted into others."""
        twins = [
            other.path
            for other in self._parameters
            if other.path != parameter.path and other.schema.get("enum") == parameter.schema["enum"]
        ]
        return any(self._chosen.get(path) == {"const": member} for path in twins)

    def _take_truths(self, parameters: Sequence[Parameter]) -> None:
        if not self._is_call:
            return
        for parameter in parameters:
            if parameter.kind == "boolean":
                self._put(parameter, find_truth(parameter, self._conversation.asked))

    def _take_values(self, scalars: Sequence[Parameter], lists: Sequence[Parameter]) -> None:
        takers = [each for each in (*scalars, *lists) if each.kind in ("string", "integer", "number")]
        values = [value for value in self._conversation.values if self._may_take(value)]
        fixed = [fit.value for fit in self._fits.values()]
        values = [value for value in values if not any(value.overlaps(other) for other in fixed)]
        for path, fit in assign(takers, values, self._clauses, self._used).items():
            if fit.parameter.is_list or self._put(fit.parameter, self._convert(fit.parameter, fit.value)):
                self._fits[path] = fit

    def _may_take(self, value: Value) -> bool:
        return self._is_call or value.source in ("asked", "told")

    def _convert(self, parameter: Parameter, value: Value) -> object:
        return convert(parameter, value, self._conversation.calendar)

    def _siblings(self, fit: Fit) -> list[Value]:
        text = next(source.text for source in self._conversation.sources if source.kind == fit.value.source)
        others = [other.value for path, other in self._fits.items() if path != fit.parameter.path]
        found = siblings(fit.value, self._conversation.values, text)
        return [value for value in found if not any(value.overlaps(other) for other in others)]

    def _take_lists(self, lists: Sequence[Parameter]) -> None:
        for parameter in lists:
            if parameter.kind == "enum":
                items: list[Any] = find_members(parameter, self._conversation.asked)
            elif parameter.path in self._fits:
                items = self._list_items(self._fits[parameter.path])
            else:
                continue
            if items:
                self._put(parameter, list(dict.fromkeys(items[:MAX_ITEMS])))

    def _list_items(self, fit: Fit) -> list[Any]:
        items = [self._convert(fit.parameter, value) for value in self._siblings(fit)]
        return [item for item in items if item is not None]

    def _take_phrases(self, parameters: Sequence[Parameter]) -> None:
        if not self._is_call:
            return
        for parameter in parameters:
            if parameter.kind == "string" and parameter.path not in self._chosen:
                self._put(parameter, self._find_phrase(parameter))

    def _find_phrase(self, parameter: Parameter) -> str | None:
        text, taken = self._conversation.asked, self._taken_spans()
        concept = parameter.concept.name if parameter.concept else ""
        found = _find_by_lead(concept, text, taken)
        if found is not None or not parameter.is_required:
            return found
        match concept:
            case "query":
                return find_terms(text, taken)
            case "expression":
                return None
            case "message":
                return self._last_result() or find_after_colon(text, taken) or find_task(text, taken)
            case "title" | "name" | "item":
                labelled = find_labelled(text, parameter.words)
                return labelled or find_task(text, taken) or find_after_colon(text, taken)
        return find_labelled(text, parameter.words)

    def _last_result(self) -> str | None:
        """A tool's last result, if it is what is to be passed on."""
        told = next((source.text for source in self._conversation.sources if source.kind == "told"), "")
        return told if 0 < len(told) <= MAX_PASSED_ON else None

    def _taken_spans(self) -> list[tuple[int, int]]:
        """Where in the last user turn the values of other parameters stand."""
        return [
            (fit.value.start, fit.value.end) for fit in self._fits.values() if fit.value.source == "asked"
        ]

    def _take_defaults(self, parameters: Sequence[Parameter]) -> None:
        for parameter in parameters:
            if self._is_call and parameter.is_required and parameter.path not in self._chosen:
                self._put(parameter, parameter.schema.get("default"))

    def _vary(self) -> list[Choice]:
        """The choices for several calls, where one parameter has several values side by side."""
        if not self._is_call:
            return [self._chosen]
        for path, fit in self._fits.items():
            is_fixed = "const" in fit.parameter.schema
            if (
                is_fixed
                or fit.parameter.is_list
                or not fit.parameter.is_required
                or fit.value.source != "asked"
            ):
                continue
            values = [value for value in self._siblings(fit) if fit_value(fit.parameter, value)]
            wanted = [item for value in values if (item := self._convert(fit.parameter, value)) is not None]
            kept = [
                item for item in dict.fromkeys(wanted) if satisfies(self._schema, fit.parameter.own, item)
            ]
            if len(kept) > 1:
                return [{**self._chosen, path: {"const": item}} for item in kept[:MAX_CALLS]]
        return [self._chosen]
