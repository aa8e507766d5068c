"""Count the values that are right in calls and structured answers: `python -m benchmarks.argument_values`.

Each call that is due is asked for by name, so that only its arguments are measured; each structured answer is
asked for by its schema. The server has the embedded model, with `take_values`, and without by `--raw`. Of the
half `measured` only totals are shown: whoever looked at its cases would develop on them.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

import openai

from benchmarks.docs_tables import replace_table
from benchmarks.tool_cases import Half
from benchmarks.value_cases import AnswerCase, CallCase, iter_call_cases, read_answer_cases
from fake_llm_server import AnswerRules, FakeLLMServer
from fake_llm_server._text.values import fit_calls, take_values

_MODEL = "smollm2-135m"
_RULES = AnswerRules()
_WITHOUT = replace(_RULES, take_values=False)


@dataclass(frozen=True)
class Count:
    """How many of the values that are due are right."""

    num_right: int = 0
    num_due: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.num_right + other.num_right, self.num_due + other.num_due)

    def __str__(self) -> str:
        return f"{self.num_right} of {self.num_due} ({100 * self.num_right / self.num_due:.0f} %)"


def count_right(due: dict[str, list[Any]], given: Any) -> Count:
    """Compare an answer with the values that each of its properties may have."""
    answer = given if isinstance(given, dict) else {}
    return Count(sum(name in answer and answer[name] in values for name, values in due.items()), len(due))


def fixed_values(schema: Any) -> Any:
    """What a narrowed schema has already decided; what is left to the model is an ellipsis."""
    if not isinstance(schema, dict):
        return ...
    if "const" in schema:
        return schema["const"]
    if "prefixItems" in schema:
        return [fixed_values(each) for each in schema["prefixItems"]]
    if "properties" in schema:
        return {name: fixed_values(each) for name, each in schema["properties"].items()}
    return None if schema.get("type") == "null" else ...


def decide_call(case: CallCase) -> Any:
    """The arguments of a call as far as the rule decides them."""
    return fixed_values(fit_calls(case.request, case.calls)[case.number].parameters)


def decide_answer(case: AnswerCase) -> Any:
    """A structured answer as far as the rule decides it."""
    narrowed: Any = take_values(case.read_request()).answer_format
    return fixed_values(narrowed.schema)


class Asking:
    """A server that is asked for each case."""

    def __init__(self, server: FakeLLMServer, rules: AnswerRules) -> None:
        self._client: Any = openai.OpenAI(base_url=server.base_url, api_key="any", timeout=300)
        self._rules = rules

    def call(self, case: CallCase) -> Any:
        """The arguments of a call; where a turn has several, it is asked for with the schema of its own."""
        calls = fit_calls(case.request, case.calls) if self._rules.take_values else case.calls
        tool = calls[case.number]
        function: Any = {"name": tool.name, "parameters": tool.parameters}
        if tool.description:
            function["description"] = tool.description
        completion = self._client.chat.completions.create(
            model=_MODEL,
            messages=case.messages,
            tools=[{"type": "function", "function": function}],
            tool_choice={"type": "function", "function": {"name": tool.name}},
            max_tokens=200,
        )
        made: Any = completion.choices[0].message.tool_calls
        return _read(made[0].function.arguments) if made else None

    def answer(self, case: AnswerCase) -> Any:
        """A structured answer."""
        completion = self._client.chat.completions.create(
            model=_MODEL,
            messages=[{"role": "user", "content": case.text}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": case.schema_name, "schema": case.schema, "strict": True},
            },
            max_tokens=300,
        )
        return _read(completion.choices[0].message.content or "")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def count_calls(half: Half, answer: Callable[[CallCase], Any]) -> Count:
    """The values of all calls of a half."""
    cases = [case for case in iter_call_cases() if case.half == half]
    return sum((count_right(case.due, answer(case)) for case in cases), Count())


def count_answers(half: Half, answer: Callable[[AnswerCase], Any]) -> Count:
    """The values of all structured answers of a half."""
    cases = [case for case in read_answer_cases() if case.half == half]
    return sum((count_right(case.due, answer(case)) for case in cases), Count())


def iter_rows(*, has_raw: bool) -> Iterator[tuple[str, list[Count]]]:
    """For each table and half: decided by the rule, answered with it, and perhaps answered without it."""
    with FakeLLMServer(answers=_RULES) as server, FakeLLMServer(answers=_WITHOUT) as raw:
        askings = [Asking(server, _RULES), *([Asking(raw, _WITHOUT)] if has_raw else [])]
        for half in reversed(get_args(Half)):
            calls = [count_calls(half, each) for each in (decide_call, *(asking.call for asking in askings))]
            yield f"arguments, {half}", calls
            ways = (decide_answer, *(asking.answer for asking in askings))
            yield f"structured answers, {half}", [count_answers(half, each) for each in ways]


def main() -> None:
    """Count, print the table, and put it into the docs if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", action="store_true", help="replace the table in docs/answers.md")
    parser.add_argument("--raw", action="store_true", help="ask the model without the rule too")
    arguments = parser.parse_args()
    heads = ["values that are right", "the rule alone", "the embedded model with it"]
    heads += ["without it"] if arguments.raw else []
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for name, counts in iter_rows(has_raw=arguments.raw):
        lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
        print(lines[-1], flush=True)
    if arguments.docs:
        replace_table("argument_values", "\n".join(lines))


if __name__ == "__main__":
    main()
