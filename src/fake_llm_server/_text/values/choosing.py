"""Chooses for each parameter what the conversation gives it, once or for several calls."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fake_llm_server._text.values.clauses import clauses_around, find_clauses
from fake_llm_server._text.values.conversation import Conversation
from fake_llm_server._text.values.conversion import convert
from fake_llm_server._text.values.enums import find_members, find_truth
from fake_llm_server._text.values.found import Value
from fake_llm_server._text.values.narrowing import narrow, satisfies
from fake_llm_server._text.values.parameters import Parameter, Schema, read_parameters
from fake_llm_server._text.values.phrases import (
    find_after_colon,
    find_command,
    find_expression,
    find_labelled,
    find_message,
    find_named_thing,
    find_task,
    find_terms,
    find_title,
)
from fake_llm_server._text.values.rows import MAX_ROWS, can_have_rows, find_list, find_rows
from fake_llm_server._text.values.scoring import Fit, assign, fit_value, siblings

MAX_CALLS = 8
"""Of one tool in one turn, as far as several values ask for them."""

MAX_ITEMS = 24
ALONE = 0.75
"""How well a value must fit a list that it is the only one of."""

MAX_PASSED_ON = 500
"""Characters of a tool's result that is taken over as a whole."""

FORMED = frozenset({"email", "phone", "url", "ip", "date", "time", "datetime"})
"""Concepts whose values have a form of their own."""

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


def leave_out_formed(parameters: Sequence[Parameter], chosen: Choice) -> Choice:
    """A choice without the addresses, dates and the like that a structured answer needn't have.

    They would be recognised if the conversation had them. Other properties are the model's to write.
    """
    completed = dict(chosen)
    for parameter in parameters:
        concept = parameter.concept.name if parameter.concept else ""
        if parameter.path in completed or concept not in FORMED:
            continue
        if parameter.is_nullable:
            completed[parameter.path] = {"type": "null"}
        elif not parameter.is_required:
            completed[parameter.path] = None
    return completed


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


def _with_label(text: str, place: tuple[int, int], parameter: Parameter) -> tuple[int, int]:
    """A place with the parameter's own word before it, as in `priority high`."""
    word = re.search(r"([^\W\d_]+)[ :=]+$", text[: place[0]])
    return (word.start(), place[1]) if word and word[1].lower() in parameter.all_words else place


def _share_name(
    parameters: Sequence[Parameter], fits: dict[tuple[str, ...], Fit]
) -> dict[tuple[str, ...], Fit]:
    """The parts of one person's name are of one value: of the best that is taken."""
    best = max(fits.values(), key=lambda fit: (fit.score, " " in fit.value.text), default=None)
    if best is None:
        return fits
    return {each.path: replace(best, parameter=each) for each in parameters}


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
        self._spans: list[tuple[int, int]] = []
        words = frozenset[str]().union(*(parameter.context for parameter in parameters[:1]))
        self._clauses = find_clauses(conversation.asked, words) if tool_name else []

    def run(self) -> list[Choice]:
        self._keep_fixed()
        open_ = [parameter for parameter in self._parameters if parameter.path not in self._chosen]
        lists = [parameter for parameter in open_ if parameter.is_list]
        scalars = [parameter for parameter in open_ if not parameter.is_list]
        self._take_members(scalars)
        self._take_member_lists(lists)
        self._take_truths(scalars)
        self._take_rows(lists)
        self._take_values(scalars, lists)
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
                free = [each for each in members if not self._is_taken_by_twin(parameter, each[0])]
                if any(self._put(parameter, member) for member, _ in free[:1]):
                    if text == self._conversation.asked:
                        self._spans.append(_with_label(text, free[0][1], parameter))
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
        for parameter in parameters:
            if parameter.kind == "boolean":
                self._put(parameter, find_truth(parameter, self._conversation.asked))

    def _take_values(self, scalars: Sequence[Parameter], lists: Sequence[Parameter]) -> None:
        for takers in (
            lists,
            [each for each in scalars if each.part],
            [each for each in scalars if not each.part],
        ):
            free = [value for value in self._conversation.values if self._is_free(value)]
            simple = [each for each in takers if each.kind in ("string", "integer", "number")]
            fits = assign(simple, free, self._clauses, self._used)
            if takers is not lists and any(each.part for each in takers):
                fits = _share_name(simple, fits)
            for path, fit in fits.items():
                if fit.parameter.is_list:
                    self._take_list(fit)
                elif self._put(fit.parameter, self._convert(fit.parameter, fit.value)):
                    self._fits[path] = fit

    def _is_free(self, value: Value) -> bool:
        """Whether a value may be taken, and isn't yet."""
        is_told = self._is_call or value.source in ("asked", "told")
        is_spanned = value.source == "asked" and any(
            value.start < end and start < value.end for start, end in self._spans
        )
        taken = (fit.value for fit in self._fits.values())
        return is_told and not is_spanned and not any(value.overlaps(other) for other in taken)

    def _convert(self, parameter: Parameter, value: Value) -> object:
        return convert(parameter, value, self._conversation.calendar)

    def _siblings(self, fit: Fit) -> list[Value]:
        text = next(source.text for source in self._conversation.sources if source.kind == fit.value.source)
        others = [other.value for path, other in self._fits.items() if path != fit.parameter.path]
        found = siblings(fit.value, self._conversation.values, text)
        return [value for value in found if not any(value.overlaps(other) for other in others)]

    def _take_list(self, fit: Fit) -> None:
        """Take the values that stand in one list, so that no other parameter gets one of them."""
        values = self._siblings(fit)
        if len(values) == 1 and fit.score < ALONE:
            return
        items = [item for value in values if (item := self._convert(fit.parameter, value)) is not None]
        if items and self._put(fit.parameter, list(dict.fromkeys(items[:MAX_ITEMS]))):
            self._fits[fit.parameter.path] = fit
            if fit.value.source == "asked":
                self._spans += [(value.start, value.end) for value in values]

    def _take_rows(self, lists: Sequence[Parameter]) -> None:
        """Take lists of objects, one row for each thing that the last user turn names."""
        asked = [value for value in self._conversation.values if value.source == "asked"]
        for parameter in lists:
            own = find_list(parameter.own)
            if not can_have_rows(own, parameter.schema) or parameter.path in self._chosen:
                continue
            items = parameter.schema
            inner = read_parameters(items, parameter.context, self._schema)
            rows = find_rows(inner, asked)
            if rows and own.get("minItems", 0) <= len(rows) <= own.get("maxItems", MAX_ROWS):
                narrowed = [self._narrow_row(items, inner, row) for row in rows]
                self._chosen[parameter.path] = {
                    "type": "array",
                    "prefixItems": narrowed,
                    "items": False,
                    "minItems": len(rows),
                    "maxItems": len(rows),
                }
                self._spans += [(fit.value.start, fit.value.end) for row in rows for fit in row.values()]

    def _narrow_row(
        self, items: Schema, inner: Sequence[Parameter], row: dict[tuple[str, ...], Fit]
    ) -> Schema:
        chosen: Choice = {}
        for path, fit in row.items():
            value = self._convert(fit.parameter, fit.value)
            if value is not None and satisfies(self._schema, fit.parameter.own, value):
                chosen[path] = {"const": value}
        return narrow(items, leave_out_formed(inner, chosen), self._schema)

    def _take_member_lists(self, lists: Sequence[Parameter]) -> None:
        for parameter in lists:
            if parameter.kind == "enum":
                found = find_members(parameter, self._conversation.asked)
                members = [member for member, _ in sorted(found, key=lambda each: each[1])]
                if members:
                    self._put(parameter, members[:MAX_ITEMS])

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
                named = find_named_thing(text, parameter.context) or find_labelled(text, parameter.words)
                return named or find_task(text, taken) or find_after_colon(text, taken)
        return find_labelled(text, parameter.words)

    def _last_result(self) -> str | None:
        """A tool's last result, if it is what is to be passed on."""
        told = next((source.text for source in self._conversation.sources if source.kind == "told"), "")
        return told if 0 < len(told) <= MAX_PASSED_ON else None

    def _taken_spans(self) -> list[tuple[int, int]]:
        """Where in the last user turn the values of other parameters stand."""
        values = [fit.value for fit in self._fits.values() if fit.value.source == "asked"]
        return [*self._spans, *((value.start, value.end) for value in values)]

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
