"""Sampling, limits and logprobs: each field does what OpenAI says it does."""

import math
from typing import Any

import openai
import pytest
from conftest import ENDLESS, MODEL

MESSAGES: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]


def ask(client: openai.OpenAI, **options: Any) -> Any:
    """A short completion."""
    return client.chat.completions.create(model=MODEL, messages=MESSAGES, **{"max_tokens": 8, **options})


def text(client: openai.OpenAI, **options: Any) -> str:
    """The text of a short completion."""
    return ask(client, **options).choices[0].message.content or ""


def test_same_request_same_answer(client: openai.OpenAI) -> None:
    """Without a temperature the answer is the same every time, but for its id and its time."""
    first, second = (ask(client, logprobs=True, top_logprobs=2) for _ in range(2))
    assert first.choices == second.choices
    assert first.id != second.id


def test_seed_fixes_the_draw(client: openai.OpenAI) -> None:
    """Above temperature 0 a seed gives the same answer again, and another seed another one."""
    drawn = [text(client, temperature=2, seed=seed) for seed in (7, 7, -(2**63), 2**63 - 1)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1


def test_choices_differ_and_are_repeatable(client: openai.OpenAI) -> None:
    """`n` choices are drawn apart from one seed; usage counts the prompt once and every choice."""
    first, second = (ask(client, n=3, temperature=2, seed=1, logit_bias=ENDLESS) for _ in range(2))
    texts = [choice.message.content for choice in first.choices]
    assert [choice.index for choice in first.choices] == [0, 1, 2]
    assert len(set(texts)) > 1
    assert first.choices == second.choices
    assert first.usage.completion_tokens == 24
    assert first.usage.prompt_tokens == ask(client).usage.prompt_tokens


def test_nucleus_of_almost_nothing_is_greedy(client: openai.OpenAI) -> None:
    """`top_p` 0 leaves only the most probable token."""
    assert text(client, temperature=2, top_p=0, seed=5) == text(client)


def test_logit_bias_bans_and_forces(client: openai.OpenAI) -> None:
    """-100 bans a token and 100 forces one."""

    def generate(**biases: int) -> list[bytes]:
        answer = ask(client, logprobs=True, logit_bias={**ENDLESS, **biases}, max_tokens=3)
        return [bytes(token.bytes) for token in answer.choices[0].logprobs.content]

    first = generate()[0]
    token_id = _token_id(first)
    assert first not in generate(**{token_id: -100})
    assert generate(**{token_id: 100}) == [first] * 3


def _token_id(piece: bytes) -> str:
    """The id of a token, found in the embedded model's vocabulary."""
    from fake_llm_server import ModelSpec  # noqa: PLC0415 - only this test looks inside
    from fake_llm_server._engine import Engine, EngineSettings  # noqa: PLC0415 - as above
    from fake_llm_server._weights import loaded_models  # noqa: PLC0415 - as above

    loaded = loaded_models.acquire(ModelSpec.from_model_name(MODEL).download())
    engine = Engine(loaded.llama, EngineSettings(num_slots=1, window=64))
    try:
        ids = range(engine.vocabulary.size)
        token_id = next(number for number in ids if engine.vocabulary.piece(number) == piece)
    finally:
        engine.close()
        loaded.release()
    return str(token_id)


def test_penalties_change_the_answer(client: openai.OpenAI) -> None:
    """A word that was said often gives way to one that is 20 logits behind; a penalty's sign matters."""
    words = {_token_id(b" red"): 100, _token_id(b" blue"): 80}
    assert set(text(client, max_tokens=48, logit_bias=words).split()) == {"red"}
    assert "blue" in text(client, max_tokens=48, logit_bias=words, frequency_penalty=2)
    free, bound = (
        text(client, max_tokens=48, logit_bias=ENDLESS, presence_penalty=penalty) for penalty in (2, -2)
    )
    assert free != bound


@pytest.mark.parametrize("others", [None, "after", "before"])
def test_stop_ends_the_text_before_it(client: openai.OpenAI, others: str | None) -> None:
    """The text ends before the first stop string, with the reason `stop`, streamed alike."""
    options: dict[str, Any] = {"max_tokens": 16, "logit_bias": ENDLESS}
    whole = text(client, **options)
    middle = whole[len(whole) // 2 :][:3]
    stop = {None: middle, "after": [middle, "zzz"], "before": ["zzz", middle]}[others]
    answer = ask(client, stop=stop, **options).choices[0]
    assert answer.finish_reason == "stop"
    assert answer.message.content == whole[: whole.index(middle)]
    chunks = ask(client, stop=stop, stream=True, **options)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == answer.message.content


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_token_limits_are_kept(client: openai.OpenAI, name: str) -> None:
    """Either limit ends the answer after so many tokens, with the reason `length`."""
    limit: Any = {name: 3, "logit_bias": ENDLESS}
    answer: Any = client.chat.completions.create(model=MODEL, messages=MESSAGES, **limit)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 3


def test_logprobs_are_a_distribution(client: openai.OpenAI) -> None:
    """Each token has its logprob, bytes and best alternatives, in order; greedy takes the first."""
    answer = ask(client, logprobs=True, top_logprobs=5).choices[0]
    tokens = answer.logprobs.content
    assert b"".join(bytes(token.bytes) for token in tokens).decode() == answer.message.content
    for token in tokens:
        best = [other.logprob for other in token.top_logprobs]
        assert len(best) == 5
        assert best == sorted(best, reverse=True)
        assert token.logprob == best[0]
        assert sum(math.exp(logprob) for logprob in best) <= 1 + 1e-4
    without = ask(client, logprobs=True).choices[0].logprobs.content
    assert [token.logprob for token in without] == [token.logprob for token in tokens]
    assert without[0].top_logprobs == []


def test_streamed_logprobs_are_the_same(client: openai.OpenAI) -> None:
    """A stream carries the same logprobs, each once."""
    whole = ask(client, logprobs=True, top_logprobs=2).choices[0].logprobs.content
    chunks = ask(client, logprobs=True, top_logprobs=2, stream=True)
    streamed = [
        token
        for chunk in chunks
        for choice in chunk.choices
        if choice.logprobs
        for token in choice.logprobs.content
    ]
    assert streamed == whole


@pytest.mark.parametrize(("predict", "is_accepted"), [("the answer", True), ("Quite another thing.", False)])
def test_prediction_is_counted_truly(client: openai.OpenAI, predict: str, is_accepted: bool) -> None:
    """Predicted tokens that came are accepted, the others rejected; the answer is what it was."""
    plain = text(client, logit_bias=ENDLESS)
    content = plain if is_accepted else predict
    answer = ask(client, prediction={"type": "content", "content": content}, logit_bias=ENDLESS)
    details = answer.usage.completion_tokens_details
    assert answer.choices[0].message.content == plain
    assert (details.rejected_prediction_tokens == 0) is is_accepted
    assert (details.accepted_prediction_tokens == 8) is is_accepted


def test_cached_tokens_are_reported(client: openai.OpenAI) -> None:
    """A prompt that was seen before is found in the prefix cache, and usage says how much of it."""
    messages: list[Any] = [{"role": "user", "content": "Tell me of the sea. " * 12}]

    def num_cached() -> tuple[int, int]:
        answer: Any = client.chat.completions.create(model=MODEL, messages=messages, max_tokens=1)
        return answer.usage.prompt_tokens_details.cached_tokens, answer.usage.prompt_tokens

    first, _ = num_cached()
    second, num_prompt_tokens = num_cached()
    assert first < second < num_prompt_tokens


@pytest.mark.parametrize(
    ("options", "message", "param"),
    [
        ({"temperature": 2.1}, "Expected a value <= 2, but got 2.1", "temperature"),
        ({"top_p": -0.1}, "Expected a value >= 0", "top_p"),
        ({"n": 0}, "integer below minimum value", "n"),
        ({"n": 129}, "integer above maximum value", "n"),
        ({"max_tokens": 0}, "Expected a value >= 1", "max_tokens"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "at the same time", "max_tokens"),
        ({"top_logprobs": 2}, "only allowed when 'logprobs' is enabled", "top_logprobs"),
        ({"top_logprobs": 21, "logprobs": True}, "Expected a value <= 20", "top_logprobs"),
        ({"logit_bias": {"x": 1}}, "Invalid key in 'logit_bias': x.", "logit_bias"),
        ({"logit_bias": {"1": 101}}, "Expected a value <= 100", "logit_bias.1"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "array too long", "stop"),
        ({"stream_options": {"include_usage": True}}, "only allowed when 'stream'", "stream_options"),
        ({"modalities": ["text", "audio"]}, "does not support 'audio'", "modalities"),
        ({"audio": {"voice": "alloy", "format": "mp3"}}, "Unsupported parameter: 'audio'", "audio"),
        ({"web_search_options": {}}, "Unsupported parameter", "web_search_options"),
        ({"extra_body": {"top_k": 5}}, "Unknown parameter: 'top_k'.", "top_k"),
        (
            {"logit_bias": {"99999": 1}},
            "99999. Maximum value is 49151",
            "logit_bias",
        ),
        ({"logit_bias": {"9" * 5000: 1}}, "Invalid key in 'logit_bias': 9+", "logit_bias"),
    ],
)
def test_values_out_of_range_are_refused(
    client: openai.OpenAI, options: dict[str, Any], message: str, param: str
) -> None:
    """A value outside of what OpenAI takes is refused, naming the field and the bound."""
    given = {} if {"max_tokens", "max_completion_tokens"} & set(options) else {"max_tokens": 1}
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        client.chat.completions.create(model=MODEL, messages=MESSAGES, **{**given, **options})
    assert caught.value.param == param


def test_harmless_fields_are_accepted(client: openai.OpenAI) -> None:
    """Fields without effect here change nothing in the answer."""
    given: dict[str, Any] = {
        "user": "u",
        "safety_identifier": "s",
        "prompt_cache_key": "k",
        "service_tier": "auto",
        "verbosity": "low",
        "reasoning_effort": "low",
        "modalities": ["text"],
        "store": False,
    }
    answer = ask(client, **given)
    assert answer.choices == ask(client).choices
    assert answer.service_tier == "default"
