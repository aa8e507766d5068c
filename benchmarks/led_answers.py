"""Measure what it costs to lead an answer to its end: `python -m benchmarks.led_answers`.

Answers are walked token by token, as if a model had drawn them; processor time counts, and no model runs. The
first row of each schema has a limit just above the answer, the second one that is far.
"""

import contextlib
import json
import time
from typing import Any

from fake_llm_server import ModelSpec
from fake_llm_server._engine.byte_language import ByteLanguage
from fake_llm_server._engine.ending import Ends, Lead
from fake_llm_server._engine.native import NativeModel
from fake_llm_server._seam import Constraint

_WORDS = {"type": "string", "maxLength": 120}
_PERSON = {"name": "John Smith the elder", "age": 42, "tags": ["student", "musician"], "colour": "green"}
CASES = {
    "a person": _PERSON,
    "ten sentences": {f"field_{number}": "Some words of text" for number in range(10)},
    "four persons": {name * 8: _PERSON for name in "abcd"},
}


def describe(value: Any) -> dict[str, Any]:
    """A schema that an answer satisfies."""
    match value:
        case dict():
            properties = {name: describe(each) for name, each in value.items()}
            return {"type": "object", "properties": properties, "required": list(value)}
        case list():
            return {"type": "array", "items": _WORDS, "maxItems": 5}
        case int():
            return {"type": "integer", "maximum": 999}
        case "green":
            return {"enum": ["red", "green"]}
    return _WORDS


def measure(ends: Ends, tokens: tuple[int, ...], max_tokens: int) -> float:
    """Milliseconds for each token."""
    lead = Lead(ends, max_tokens)
    start_s = time.thread_time()
    for number, token_id in enumerate(tokens):
        lead.find_closing(max_tokens - number)
        lead.take([token_id], max_tokens - number)
    return (time.thread_time() - start_s) / len(tokens) * 1000


def main() -> None:
    """Print a row for each schema and limit."""
    with contextlib.closing(ModelSpec.from_model_name("smollm2-135m").download().load()) as llama:
        model = NativeModel(llama)
        language = ByteLanguage(*model.read_vocabulary())
        for name, answer in CASES.items():
            text = json.dumps(answer, separators=(",", ":"))
            tokens = model.tokenize(text, add_special=False, parse_special=False)
            ends = Ends(Constraint("json_schema", json.dumps(describe(answer))), language)
            start_s = time.thread_time()
            _ = ends.of_nothing
            first_ms = (time.thread_time() - start_s) * 1000
            near, far = measure(ends, tokens, len(tokens) + 5), measure(ends, tokens, 1000)
            print(
                f"{name}: once {first_ms:.1f} ms; each token {near:.2f} ms near the limit, {far:.2f} ms far"
            )


if __name__ == "__main__":
    main()
