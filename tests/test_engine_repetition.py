"""Text that goes round in circles ends, and no other text does."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import write_tiny_model

from fake_llm_server import AnswerRules, FakeLLMServer
from fake_llm_server._engine.repetition import MAX_PERIOD, MIN_ROUNDS, MIN_TOKENS, RepetitionWatch

HI: Any = [{"role": "user", "content": "Hi"}]
ALWAYS_ONE = {"40": 100}
"""A bias that makes each token the same."""


def end_of(pieces: Iterable[str]) -> int | None:
    """After how many tokens a text of these tokens ends; None if it doesn't."""
    watch, ids = RepetitionWatch(), dict[str, int]()
    for count, piece in enumerate(pieces, 1):
        if watch.add(ids.setdefault(piece, len(ids)), piece.encode()):
            return count
    return None


def words(text: str) -> list[str]:
    """Tokens of a text: words with the space before them, digits by themselves."""
    pieces: list[str] = []
    for character in text:
        starts = not pieces or character in " \n.,:" or character.isdigit() or pieces[-1][-1].isdigit()
        if starts:
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces


@given(
    before=st.lists(st.sampled_from("abcdefgh"), max_size=30),
    round_=st.lists(
        st.sampled_from([" the", " sea", " is", ".", ",", "\n", " 1"]), min_size=1, max_size=MAX_PERIOD
    ),
)
def test_a_loop_ends(before: list[str], round_: list[str]) -> None:
    """Whatever comes before a loop, the text ends a round after it has repeated often enough."""
    end = end_of([*before, *round_ * (MIN_TOKENS + MIN_ROUNDS)])
    assert end is not None
    assert end <= len(before) + max(MIN_ROUNDS * len(round_), MIN_TOKENS) + 2 * len(round_)


@given(st.lists(st.integers(0, 50), max_size=300), st.integers(1, MAX_PERIOD))
def test_what_differs_in_each_round_goes_on(drawn: list[int], period: int) -> None:
    """Text whose every round has a word of its own isn't ended."""
    pieces = [f" w{number}" for number in drawn]
    for position in range(0, len(pieces), min(period, MIN_TOKENS)):
        pieces[position] = f" own{position}x"
    assert end_of(pieces) is None


@pytest.mark.parametrize(
    "text",
    [
        ", ".join(str(number) for number in range(1, 200)),
        "".join(f"{number} x 7 = {7 * number}\n" for number in range(1, 60)),
        "".join(f"| {number} | {number * number} | {number % 3} |\n" for number in range(60)),
        "".join(f"Line {number}\n" for number in range(60)),
        "I will not talk in class.\n" * 5,
        "ha " * 20,
        "-" * 60,
    ],
    ids=["counting", "times table", "table", "labels", "lines asked for", "laughter", "rule"],
)
def test_ordinary_repetition_is_left_alone(text: str) -> None:
    """Counting, tables, and what somebody may have asked for a few times go on."""
    assert end_of(words(text)) is None


def test_a_numbered_loop_ends_with_its_line() -> None:
    """Lines that differ only in their numbers are a loop; the text ends where a line does."""
    pieces = words("".join(f"{number}. The same thing is said once more,\n" for number in range(1, 80)))
    end = end_of(pieces)
    assert end is not None
    assert pieces[end - 1] == "\n"


def test_a_character_isn_t_cut_in_two() -> None:
    """A loop of bytes that make one character ends between characters."""
    watch, parts = RepetitionWatch(), [bytes([byte]) for byte in "🍃".encode()]
    taken = 0
    while not watch.add(parts[taken % 4][0], parts[taken % 4]):
        taken += 1
    assert (taken + 1) % 4 == 0


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, whose answers a bias turns into loops."""
    return write_tiny_model(tmp_path_factory.mktemp("weights") / "tiny.gguf", "llama")


def ask(server: FakeLLMServer, *, is_streamed: bool = False, **fields: Any) -> tuple[str, str, int]:
    """The finish reason, the text and the number of tokens of an answer whose tokens are all the same."""
    client: Any = openai.OpenAI(**server.openai_client_args(), max_retries=0)
    given = {"model": "tiny", "messages": HI, "logit_bias": ALWAYS_ONE, **fields}
    if not is_streamed:
        completion = client.chat.completions.create(**given)
        [choice] = completion.choices
        return choice.finish_reason, choice.message.content, completion.usage.completion_tokens
    *chunks, last = client.chat.completions.create(
        **given, stream=True, stream_options={"include_usage": True}
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    return chunks[-1].choices[0].finish_reason, text, last.usage.completion_tokens


@pytest.mark.parametrize("is_streamed", [True, False], ids=["stream", "whole"])
def test_the_rule_over_http(weights: Path, *, is_streamed: bool) -> None:
    """A loop ends with `stop` long before the limit; without the rule, and by chance, it runs on to it."""
    with (
        FakeLLMServer(weights) as server,
        FakeLLMServer(weights, answers=AnswerRules.none()) as raw,
    ):
        reason, text, _ = ask(server, is_streamed=is_streamed, max_tokens=100)
        assert reason == "stop"
        raw_reason, raw_text, _ = ask(raw, is_streamed=is_streamed, max_tokens=100)
        assert raw_reason == "length"
        assert raw_text.startswith(text)
        drawn, _, _ = ask(server, is_streamed=is_streamed, max_tokens=100, temperature=0.1, seed=1)
        assert drawn == "length"


def test_an_answer_without_a_limit_is_bounded(weights: Path) -> None:
    """`max_answer_tokens` holds where a request has no limit of its own, in both APIs."""
    rules = AnswerRules(max_answer_tokens=20, stop_repetition=False)
    with FakeLLMServer(weights, answers=rules) as server:
        assert ask(server)[::2] == ("length", 20)
        assert ask(server, max_tokens=30)[::2] == ("length", 30)
        client: Any = openai.OpenAI(**server.openai_client_args())
        long = {
            "type": "object",
            "properties": {"a": {"type": "string", "minLength": 500}},
            "required": ["a"],
        }
        form = {"format": {"type": "json_schema", "name": "long", "schema": long}}
        response = client.responses.create(model="tiny", input="Hi", text=form)
        assert response.status == "incomplete"
        assert response.incomplete_details.reason == "max_output_tokens"
        assert (response.usage.output_tokens, response.max_output_tokens) == (20, None)
