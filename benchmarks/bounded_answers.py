"""Count the tokens of answers under open schemas, with and without bounds.

`python -m benchmarks.bounded_answers`. All other rules of answers are off, so that the bounds alone are seen.
An answer that comes to `MAX_TOKENS` was cut.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import openai

from benchmarks.docs_tables import replace_table
from fake_llm_server import AnswerRules, FakeLLMServer

MAX_TOKENS = 1024
_MODEL = "smollm2-135m"
_STRING = {"type": "string"}
_TREE = {
    "type": "object",
    "properties": {"name": _STRING, "children": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["name", "children"],
    "additionalProperties": False,
}


def _required(**properties: Any) -> dict[str, Any]:
    names = list(properties)
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


CASES: Mapping[str, tuple[str, dict[str, Any] | None]] = {
    "JSON mode": ("Describe Ada Lovelace as JSON.", None),
    "a map": ("How old are five friends?", {"type": "object", "additionalProperties": {"type": "integer"}}),
    "an integer": ("How many people live in Paris?", _required(people={"type": "integer"})),
    "a number": ("How much is 10 divided by 3?", _required(result={"type": "number"})),
    "a string": ("Write a story.", _required(story=_STRING)),
    "a list of strings": ("Name some fruit.", _required(fruit={"type": "array", "items": _STRING})),
    "a person": (
        "Invent a person with hobbies.",
        _required(name=_STRING, age={"type": "integer"}, hobbies={"type": "array", "items": _STRING}),
    ),
    "a tree": ("Show the folders of a project.", _TREE),
}
"""What is asked, and the schema of the answer; None for JSON mode."""


def count_tokens(rules: AnswerRules) -> Iterator[str]:
    """For each case the tokens of its answer, with a mark where it was cut."""
    with (
        FakeLLMServer(answers=rules) as server,
        openai.OpenAI(base_url=server.base_url, api_key="x", timeout=600) as client,
    ):
        for words, schema in CASES.values():
            shape: Any = {"type": "json_object"}
            if schema is not None:
                shape = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
            answer = client.chat.completions.create(
                model=_MODEL,
                messages=[{"role": "user", "content": words}],
                response_format=shape,
                max_tokens=MAX_TOKENS,
            )
            count = answer.usage.completion_tokens if answer.usage else 0
            yield f"{count:,}, cut" if answer.choices[0].finish_reason == "length" else f"{count:,}"


def write_table() -> str:
    """The counts as a Markdown table."""
    raw = AnswerRules.none()
    counts = zip(CASES, count_tokens(raw), count_tokens(replace(raw, bound_answers=True)), strict=True)
    rows = [f"| {name} | {without} | {bounded} |" for name, without, bounded in counts]
    return "\n".join(["| schema | tokens without bounds | with bounds |", "|---|---:|---:|", *rows])


def main() -> None:
    """Print the table, and put it into the docs where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bounded_answers", description=__doc__)
    parser.add_argument("--docs", action="store_true", help="replace the table in docs/answers.md too")
    arguments = parser.parse_args()
    table = write_table()
    print(table)
    if arguments.docs:
        replace_table("bounded_answers", table)


if __name__ == "__main__":
    main()
