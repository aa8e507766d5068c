"""A small constraint can't take the machine: what takes too much is refused, and others don't pay for it."""

import json
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from engine_runs import ask, embedded_model_path, open_engine, open_llama, start

from fake_llm_server._engine import Engine, EngineSettings
from fake_llm_server._engine.constraint_cost import MAX_CHARACTERS, may_be_slow
from fake_llm_server._engine.native import NativeModel
from fake_llm_server._engine.trial_process import TrialProcess
from fake_llm_server._errors import ConstraintError
from fake_llm_server._seam import Constraint
from fake_llm_server._text.answer_grammar import guide_schema

PROMPT = "<|im_start|>user\nGo.<|im_end|>\n<|im_start|>assistant\n"


def by_schema(schema: Any) -> Constraint:
    """A JSON schema as a constraint."""
    return Constraint("json_schema", json.dumps(schema))


HUGE_MULTIPLE = by_schema({"type": "integer", "multipleOf": 9999991})
TWO_MULTIPLES = by_schema({"allOf": [{"type": "integer", "multipleOf": n} for n in (997, 991)]})
JOINT_PATTERNS = by_schema({"allOf": [{"type": "string", "pattern": f"(.*a.{{{n}}})"} for n in range(5, 40)]})
JOINT_RULES = Constraint(
    "lark", "start: A\nA: " + " & ".join(f"/(.|\\n)*a.{{{n}}}b.*/" for n in range(3, 30))
)
LINKED_MULTIPLES = {
    "type": "object",
    "properties": {"a": {"type": "integer", "multipleOf": 50}, "next": {"$ref": "#"}},
}
PERSON = by_schema(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 200},
            "email": {"type": "string", "format": "email"},
            "price": {"type": "number", "multipleOf": 0.01},
            "id": {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}$"},
            "children": {"type": "array", "items": {"type": "string"}, "minItems": 0, "maxItems": 50},
        },
        "required": ["name"],
    }
)


@pytest.fixture(scope="module")
def trials() -> Iterator[TrialProcess]:
    """A process that tries out constraints for the embedded model, with tight limits."""
    with open_llama(embedded_model_path()) as llama:
        process = TrialProcess(NativeModel(llama).read_vocabulary, max_cpu_s=1.5, max_bytes=400 << 20)
        yield process
        process.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine on the embedded model."""
    with open_llama(embedded_model_path()) as llama, open_engine(llama, EngineSettings(window=256)) as opened:
        yield opened


@pytest.mark.parametrize("constraint", [HUGE_MULTIPLE, TWO_MULTIPLES, JOINT_PATTERNS, JOINT_RULES])
def test_what_takes_too_much_is_ended(trials: TrialProcess, constraint: Constraint) -> None:
    """Its process is killed, the reason is one line, and the next trial has a process of its own."""
    assert may_be_slow(constraint)
    fault = trials.find_fault(constraint.kind, constraint.source)
    assert fault is not None
    assert fault.startswith("It is too complex: it takes too ")
    assert trials.process_id is None
    assert trials.find_fault(PERSON.kind, PERSON.source) is None


def test_a_process_that_dies_is_replaced(trials: TrialProcess) -> None:
    """Whoever kills the process costs nobody an answer."""
    assert trials.find_fault("regex", "a+") is None
    assert trials.process_id is not None
    psutil.Process(trials.process_id).kill()
    psutil.Process(trials.process_id).wait()
    assert trials.find_fault("regex", "a+") is None


@pytest.mark.parametrize(
    ("constraint", "reason"),
    [
        (Constraint("regex", "x{1000000}"), "too complex: its patterns are too large"),
        (
            by_schema({"enum": [f"the value {n}" for n in range(150_000)]}),
            "more than 2,000,000 characters",
        ),
        (
            Constraint("lark", "start: " + "(" * 5000 + '"a"' + ")" * 5000),
            "too complex: it is nested too deeply",
        ),
        (Constraint("regex", "x" * (MAX_CHARACTERS + 1)), "more than 2,000,000 characters"),
        (Constraint("lark", "start: s\ns: s s s s s s | /./\n"), None),
        (Constraint("lark", 'start: (("a" "b"){500}){500}'), "too complex: it can be read in too many ways"),
        (by_schema({"anyOf": [{"const": {f"k{n}": n}} for n in range(3000)]}), None),
        (
            by_schema({"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(900)}}),
            None,
        ),
    ],
)
def test_the_limits_of_the_library_are_told_in_one_line(
    engine: Engine, constraint: Constraint, reason: str | None
) -> None:
    """What llguidance finds too much is refused before generation, or works; its own words stay inside."""
    fault = engine.find_constraint_fault(constraint)
    assert fault is None if reason is None else fault is not None and reason in fault
    assert "\n" not in (fault or "")


def test_refusals_are_remembered(engine: Engine) -> None:
    """The same constraint is tried out once."""
    request = ask(engine, PROMPT, constraint=Constraint("regex", "x{1000001}"))
    assert engine.may_compile_slowly(request)
    for _ in range(2):
        with pytest.raises(ConstraintError, match="too complex"):
            start(engine, request)
        assert not engine.may_compile_slowly(request)


@pytest.mark.parametrize(
    "constraint",
    [
        PERSON,
        Constraint("regex", r"\d{4}-\d{2}-\d{2}"),
        Constraint("lark", 'start: "a" | "b & c"'),
        by_schema(guide_schema({"type": "object"})),
        by_schema(guide_schema(LINKED_MULTIPLES)),
        by_schema({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string", "pattern": "^a{1,50}$"}}}),
    ],
)
def test_ordinary_constraints_are_compiled_at_once(constraint: Constraint) -> None:
    """What is small and simple needs no other process."""
    assert not may_be_slow(constraint)


def test_a_keyword_cannot_hide() -> None:
    """A letter that is written as an escape doesn't make a costly keyword look harmless."""
    assert may_be_slow(Constraint("lark", r'start: %json {"type": "integer", "multiple\u004ff": 9999991}'))


def test_a_process_of_trials_ends_with_the_engine() -> None:
    """Closing the engine leaves no process behind."""
    before = set(psutil.Process().children())
    with open_llama(embedded_model_path()) as llama, open_engine(llama, EngineSettings(window=256)) as engine:
        assert engine.find_constraint_fault(by_schema({"type": "integer", "multipleOf": 9973})) is None
        started = set(psutil.Process().children()) - before
        assert started
    assert not any(process.is_running() for process in started)
