"""A constrained text lies in its language, and a constraint that can't be used is refused beforehand."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from engine_runs import Run, ask, complete, embedded_model_path, open_engine, open_llama, start
from example_factor import EXAMPLE_FACTOR
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_llm_server._engine import Engine, EngineSettings
from fake_llm_server._errors import ConstraintError
from fake_llm_server._seam import Constraint, Sampling

PROMPT = "<|im_start|>user\nDescribe a fruit.<|im_end|>\n<|im_start|>assistant\n"

FRUIT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z ]{1,12}$"},
        "is_sweet": {"type": "boolean"},
        "colour": {"enum": ["red", "green", "yellow"]},
    },
    "required": ["name", "is_sweet", "colour"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """On the embedded model: only a real vocabulary shows how tokens and grammar meet."""
    with open_llama(embedded_model_path()) as llama, open_engine(llama, EngineSettings(window=256)) as engine:
        yield engine


def by_schema(schema: Any) -> Constraint:
    """A JSON schema as a constraint."""
    return Constraint("json_schema", json.dumps(schema))


def run_constrained(engine: Engine, constraint: Constraint, **fields: Any) -> Run:
    """Complete the prompt under a constraint."""
    return complete(engine, ask(engine, PROMPT, constraint=constraint, **{"max_tokens": 60, **fields}))


@pytest.mark.parametrize(
    ("constraint", "pattern"),
    [
        (
            Constraint("regex", r"[A-Z][a-z]{2,8} (is|was) (red|green)\."),
            r"[A-Z][a-z]{2,8} (is|was) (red|green)\.",
        ),
        (
            Constraint("lark", 'start: ("ping" | "pong") ", " NUMBER\nNUMBER: /[0-9]{3}/'),
            r"(ping|pong), \d{3}",
        ),
        (Constraint("regex", "exactly this and nothing else"), "exactly this and nothing else"),
        (Constraint("regex", "é{1,2}€😀"), "é{1,2}€😀"),
    ],
)
def test_text_lies_in_the_language(engine: Engine, constraint: Constraint, pattern: str) -> None:
    """Regular expressions and grammars bind the text, and its end is the language's end."""
    for sampling in (Sampling(), Sampling(temperature=2.0, seed=11)):
        run = run_constrained(engine, constraint, sampling=sampling)
        assert re.fullmatch(pattern, run.text)
        assert run.choices[0].finished is not None
        assert run.choices[0].finished.reason == "stop"


@pytest.mark.parametrize("num_top_logprobs", [None, 2])
def test_json_fits_its_schema(engine: Engine, num_top_logprobs: int | None) -> None:
    """A reply is valid, compact JSON at any temperature, with a logprob for each token if asked."""
    for seed in range(3):
        sampling = Sampling(temperature=1.5, seed=seed)
        run = run_constrained(
            engine, by_schema(FRUIT), sampling=sampling, num_choices=2, num_top_logprobs=num_top_logprobs
        )
        for outcome in run.choices.values():
            fruit = json.loads(outcome.text)
            jsonschema.validate(fruit, FRUIT)
            assert outcome.text == json.dumps(fruit, separators=(",", ":"), ensure_ascii=False)
            assert outcome.finished is not None
            assert outcome.num_shown == outcome.finished.num_tokens
            assert len(outcome.logprobs) == (0 if num_top_logprobs is None else outcome.num_shown)


def test_asking_for_logprobs_does_not_change_the_text(engine: Engine) -> None:
    """Forced tokens are evaluated alike whether anybody asks for their logprobs or not."""
    runs = [
        run_constrained(
            engine, by_schema(FRUIT), sampling=Sampling(temperature=1.0, seed=5), num_top_logprobs=asked
        )
        for asked in (None, 0, 5)
    ]
    assert len({run.text for run in runs}) == 1
    assert len({run.finished.num_generated_tokens for run in runs}) == 1
    pieces = b"".join(entry.piece for entry in runs[1].choices[0].logprobs)
    assert pieces.decode() == runs[1].text


def test_a_limit_may_cut_forced_tokens(engine: Engine) -> None:
    """max_tokens counts forced tokens too, and cuts among them."""
    whole = run_constrained(engine, by_schema(FRUIT))
    for max_tokens in range(1, 12):
        for num_top_logprobs in (None, 1):
            run = run_constrained(
                engine, by_schema(FRUIT), max_tokens=max_tokens, num_top_logprobs=num_top_logprobs
            )
            assert run.finished.num_generated_tokens == max_tokens
            assert whole.text.startswith(run.text)


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Constraint("json_schema", "{"), "JSON schema"),
        (Constraint("json_schema", '{"type": "strin"}'), "JSON schema"),
        (
            Constraint("json_schema", '{"allOf": [{"type": "string"}, {"type": "number"}]}'),
            "No text satisfies it",
        ),
        (Constraint("json_schema", '{"type": "string", "minLength": 3, "maxLength": 2}'), "No text"),
        (Constraint("json_schema", '{"$ref": "#/nowhere"}'), "nowhere"),
        (Constraint("json_schema", "3"), "JSON schema"),
        (Constraint("json_schema", "false"), "JSON schema"),
        (Constraint("regex", "(unclosed"), "regular expression"),
        (Constraint("lark", "start: nobody"), "Lark grammar.*nobody"),
        (Constraint("lark", ""), "Lark grammar"),
    ],
)
def test_a_useless_constraint_is_refused(engine: Engine, constraint: Constraint, message: str) -> None:
    """The error comes before generation, and says what was wrong with what."""
    with pytest.raises(ConstraintError, match=re.compile(message, re.DOTALL)):
        start(engine, ask(engine, PROMPT, constraint=constraint))


leaves = st.sampled_from(
    [{"type": "integer"}, {"type": "boolean"}, {"type": "null"}, {"enum": ["a", 'q"uote', "é"]}, {"const": 1}]
)
schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item, "maxItems": 2}, inner),
        st.builds(
            lambda properties: {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
            st.dictionaries(st.sampled_from(["a", "b b", "ü"]), inner, max_size=2),
        ),
        st.builds(lambda one, other: {"anyOf": [one, other]}, inner, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=12 * EXAMPLE_FACTOR)
@given(schema=schemas, seed=st.integers(0, 1000))
def test_any_schema_binds(engine: Engine, schema: Any, seed: int) -> None:
    """A complete reply validates against its schema; one that was cut has as many tokens as it may."""
    run = run_constrained(
        engine, by_schema(schema), sampling=Sampling(temperature=1.2, seed=seed), max_tokens=40
    )
    finished = run.choices[0].finished
    assert finished is not None
    if finished.reason == "stop":
        jsonschema.validate(json.loads(run.text), schema)
    else:
        assert finished.num_tokens == 40
