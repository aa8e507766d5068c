"""A constrained answer comes to a valid end before its limit, if a valid end is that short."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from drawn_schemas import SCHEMAS, write_shortest
from engine_runs import Run, ask, complete, embedded_model_path, open_engine, open_llama, start
from example_factor import EXAMPLE_FACTOR
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_models import write_tiny_model

from fake_llm_server._engine import Engine, EngineRequest, EngineSettings
from fake_llm_server._engine.byte_language import ByteLanguage
from fake_llm_server._engine.ending import Ends
from fake_llm_server._engine.native import NativeModel
from fake_llm_server._seam import Constraint, Sampling

PROMPT = (40, 41, 42)
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "age", "tags"],
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, ByteLanguage]]:
    """An engine on random weights, which draw nonsense, and its vocabulary."""
    path = write_tiny_model(Path(tmp_path_factory.mktemp("tiny"), "tiny.gguf"), "llama")
    with open_llama(path) as llama, open_engine(llama, EngineSettings(window=512)) as engine:
        yield engine, ByteLanguage(*NativeModel(llama).read_vocabulary())


@pytest.fixture(scope="module")
def real() -> Iterator[tuple[Engine, ByteLanguage]]:
    """An engine on the embedded model, and its vocabulary."""
    with open_llama(embedded_model_path()) as llama, open_engine(llama, EngineSettings(window=256)) as engine:
        yield engine, ByteLanguage(*NativeModel(llama).read_vocabulary())


def by_schema(schema: Any) -> Constraint:
    """A JSON schema as a constraint."""
    return Constraint("json_schema", json.dumps(schema))


def count_shortest(constraint: Constraint, language: ByteLanguage) -> int:
    """Tokens of the shortest text that is known."""
    known = Ends(constraint, language).of_nothing
    assert known is not None
    return len(known.tokens)


def run_led(engine: Engine, constraint: Constraint, max_tokens: int | None, **fields: Any) -> Run:
    """Complete a prompt under a constraint, led to its end."""
    request = EngineRequest(PROMPT, constraint=constraint, max_tokens=max_tokens, lead_to_end=True, **fields)
    return complete(engine, request)


def is_valid_end(run: Run, choice: int = 0) -> bool:
    """Whether a choice has a text that is known to be whole."""
    finished = run.choices[choice].finished
    assert finished is not None
    return finished.reason == "stop" or finished.is_whole


@settings(
    max_examples=60 * EXAMPLE_FACTOR,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    schema=SCHEMAS,
    num_more=st.integers(0, 30),
    sampling=st.builds(
        Sampling, temperature=st.sampled_from([0.0, 0.9]), seed=st.just(1), top_p=st.sampled_from([1.0, 0.9])
    ),
    num_top_logprobs=st.sampled_from([None, 2]),
)
def test_any_limit_that_a_text_fits_in_is_enough(
    tiny: tuple[Engine, ByteLanguage],
    schema: Any,
    num_more: int,
    sampling: Sampling,
    num_top_logprobs: int | None,
) -> None:
    """Under any schema, from the shortest text's length on, the answer is whole and within the limit."""
    engine, language = tiny
    written = language.write(tuple(write_shortest(schema).encode()))
    assert written is not None
    max_tokens = len(written) + num_more
    run = run_led(
        engine,
        by_schema(schema),
        max_tokens,
        num_choices=2,
        sampling=sampling,
        num_top_logprobs=num_top_logprobs,
    )
    for number, choice in run.choices.items():
        assert is_valid_end(run, number)
        assert choice.finished is not None
        assert choice.finished.num_tokens <= max_tokens
        jsonschema.validate(json.loads(choice.text), schema)
        assert len(choice.logprobs) == (choice.finished.num_tokens if num_top_logprobs else 0)


@settings(max_examples=60 * EXAMPLE_FACTOR)
@given(schema=SCHEMAS)
def test_the_shortest_text_is_found(tiny_language: ByteLanguage, schema: Any) -> None:
    """It has no more tokens than the one that is composed of the shortest parts."""
    known = Ends(by_schema(schema), tiny_language).of_nothing
    assert known is not None
    written = tiny_language.write(tuple(write_shortest(schema).encode()))
    assert written is not None
    assert len(known.tokens) <= len(written)


@pytest.fixture(scope="module")
def tiny_language(tiny: tuple[Engine, ByteLanguage]) -> ByteLanguage:
    """The vocabulary alone."""
    return tiny[1]


THINKING = (
    'start: thoughts /\\n*/ answer\nthoughts[lazy]: "<think>" /(.|\\n)*/ "</think>"\n'
    f"answer: %json {json.dumps(PERSON)}"
)
CALCULATION = 'start: expr\nexpr: term (("+" | "-") term)*\nterm: NUMBER | "(" expr ")"\nNUMBER: /[0-9]+/'
CALLS = (
    'start: opened ("\\n" call)* | TEXT\nTEXT: /(.|\\n)*/\nopened: trigger rest\n'
    'trigger[lazy]: TEXT "<call>"\ncall: "<call>" rest\n'
    f'rest: %json {json.dumps(PERSON)} "</call>"'
)


@pytest.mark.parametrize("num_more", [0, 1, 7, 40])
@pytest.mark.parametrize(
    "constraint",
    [
        Constraint("lark", THINKING),
        Constraint("lark", CALCULATION),
        Constraint("lark", CALLS.replace("start: opened", "start: call").replace(" | TEXT", "", 1)),
        Constraint("regex", r"(ab|[0-9]{5,})+;[a-z]{12}\.*END"),
        Constraint("regex", r"\d{4}-\d{2}-\d{2}"),
        Constraint("regex", r"(.|\n)*STOP"),
        by_schema({"type": "object"}),
        by_schema(
            {
                "$ref": "#/$defs/tree",
                "$defs": {
                    "tree": {
                        "type": "object",
                        "required": ["left", "right"],
                        "additionalProperties": False,
                        "properties": {
                            side: {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]}
                            for side in ("left", "right")
                        },
                    }
                },
            }
        ),
    ],
)
def test_texts_of_every_kind_are_led_to_an_end(
    tiny: tuple[Engine, ByteLanguage], constraint: Constraint, num_more: int
) -> None:
    """Thoughts, grammars, calls, regular expressions, JSON mode and recursion."""
    engine, language = tiny
    max_tokens = count_shortest(constraint, language) + num_more
    run = run_led(engine, constraint, max_tokens)
    assert is_valid_end(run)


@pytest.mark.parametrize("max_tokens", [3, 20, 60])
def test_no_call_begins_that_cannot_be_finished(tiny: tuple[Engine, ByteLanguage], max_tokens: int) -> None:
    """Free text that may come to a call goes on as text where the call would be cut."""
    engine, _ = tiny
    mark = dict.fromkeys(engine.vocabulary.tokenize("<call>"), 8.0)
    for seed in range(4):
        sampling = Sampling(temperature=1.0, seed=seed, logit_bias=mark)
        run = run_led(engine, Constraint("lark", CALLS), max_tokens, sampling=sampling)
        assert is_valid_end(run)
        assert run.text.count("<call>") == run.text.count("</call>")


def test_too_small_a_limit_cuts_the_text(tiny: tuple[Engine, ByteLanguage]) -> None:
    """With one token less than any text needs, the answer is cut as ever, and says so."""
    engine, language = tiny
    constraint = by_schema(PERSON)
    run = run_led(engine, constraint, count_shortest(constraint, language) - 1)
    finished = run.choices[0].finished
    assert finished is not None
    assert (finished.reason, finished.is_whole) == ("length", False)


def test_the_window_is_a_limit_too(tiny: tuple[Engine, ByteLanguage]) -> None:
    """Without a limit of its own an answer is led to its end before the window is full."""
    engine, _ = tiny
    prompt = tuple(40 + number % 7 for number in range(512 - 60))
    request = EngineRequest(prompt, constraint=by_schema(PERSON), lead_to_end=True)
    run = complete(engine, request)
    assert is_valid_end(run)
    jsonschema.validate(json.loads(run.text), PERSON)


def test_without_the_rule_nothing_is_led(tiny: tuple[Engine, ByteLanguage]) -> None:
    """The raw model writes until it is cut."""
    engine, _ = tiny
    request = EngineRequest(PROMPT, constraint=by_schema(PERSON), max_tokens=45)
    finished = complete(engine, request).choices[0].finished
    assert finished is not None
    assert (finished.reason, finished.is_whole) == ("length", False)


def test_far_from_the_limit_the_answer_is_the_raw_one(real: tuple[Engine, ByteLanguage]) -> None:
    """Leading changes nothing in an answer that ends by itself."""
    engine, _ = real
    constraint = by_schema({"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]})
    raw, led = (
        complete(engine, ask(engine, "Is it?", constraint=constraint, max_tokens=40, lead_to_end=is_led))
        for is_led in (False, True)
    )
    assert raw.choices == led.choices


@pytest.mark.parametrize("num_more", [0, 2, 9])
def test_the_real_model_is_led(real: tuple[Engine, ByteLanguage], num_more: int) -> None:
    """Tokens of many letters, and quotes with brackets in one token, are spelled and counted rightly."""
    engine, language = real
    constraint = by_schema(PERSON)
    prompt = "<|im_start|>user\nDescribe a person.<|im_end|>\n<|im_start|>assistant\n"
    max_tokens = count_shortest(constraint, language) + num_more
    request = ask(engine, prompt, constraint=constraint, max_tokens=max_tokens, lead_to_end=True)
    run = complete(engine, request)
    assert is_valid_end(run)
    jsonschema.validate(json.loads(run.text), PERSON)


def test_a_led_answer_is_the_same_in_company(tiny: tuple[Engine, ByteLanguage]) -> None:
    """Others that run at the same time, under the same constraint, change nothing."""
    engine, _ = tiny
    request = EngineRequest(
        PROMPT,
        constraint=by_schema(PERSON),
        max_tokens=40,
        lead_to_end=True,
        sampling=Sampling(temperature=1.0, seed=5),
    )
    alone = complete(engine, request).choices
    others = [
        start(
            engine,
            EngineRequest((50 + n,), constraint=by_schema(PERSON), max_tokens=30 + n, lead_to_end=True),
        )
        for n in range(3)
    ]
    assert complete(engine, request).choices == alone
    for other in others:
        other.wait()


def test_a_stop_string_still_ends_a_led_answer(tiny: tuple[Engine, ByteLanguage]) -> None:
    """It cuts JSON as at OpenAI, and the reason is `stop`."""
    engine, _ = tiny
    run = run_led(engine, by_schema(PERSON), 60, stop=('"name"',))
    finished = run.choices[0].finished
    assert finished is not None
    assert (run.text, finished.reason, finished.stop) == ("{", "stop", '"name"')
