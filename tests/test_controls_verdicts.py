"""Verdicts on the client: small programs that do it wrong, and the same ones that do it right."""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest
from journal_scope import client as client
from journal_scope import fake_llm as fake_llm
from journal_scope import journal_server as journal_server

from fake_llm_server import ConfigurationError, FakeLLM, FakeLLMServer, ScriptError, reply

SEARCH: Any = {
    "type": "function",
    "function": {"name": "search", "parameters": {"type": "object", "properties": {}}},
}


def chat(client: openai.OpenAI, *messages: Any, **fields: Any) -> Any:
    """Ask the chat API; texts are the user's."""
    given: Any = [{"role": "user", "content": each} if isinstance(each, str) else each for each in messages]
    return client.chat.completions.create(model="m", messages=given, **fields)


def insist(client: openai.OpenAI, *, wait: Callable[[openai.APIStatusError], float] = lambda _: 0.0) -> str:
    """A program that asks again after every error, as it was."""
    while True:
        try:
            return str(chat(client, "Weather?").choices[0].message.content)
        except openai.APIStatusError as error:
            time.sleep(wait(error))


def kinds(fake_llm: FakeLLM) -> list[str]:
    """What the client is guilty of."""
    return [verdict.kind for verdict in fake_llm.verdicts()]


@pytest.mark.parametrize("refusal", [400, 401, 403, 404, 422, reply(429, code="insufficient_quota")])
def test_retries_in_vain(fake_llm: FakeLLM, client: openai.OpenAI, refusal: Any) -> None:
    """A request that was refused for good and comes again unchanged is told, with both requests."""
    fake_llm.script(refusal, "It is sunny.")
    insist(client)
    [verdict] = fake_llm.verdicts()
    assert verdict.kind == "retried_in_vain"
    assert [request.number for request in verdict.requests] == [0, 1]
    assert str(verdict).startswith("retried_in_vain: request 0 (POST /v1/chat/completions) got 4")
    assert str(verdict).endswith("came again as request 1. " + verdict.advice)


@pytest.mark.parametrize("refusal", [408, 409, 429, 500, 503, reply(400, headers={"x-should-retry": "true"})])
def test_retries_that_may_help(fake_llm: FakeLLM, client: openai.OpenAI, refusal: Any) -> None:
    """A request may come again after an error that passes, and a changed one after any."""
    fake_llm.script(refusal, "It is sunny.", 400, "It rains.")
    insist(client)
    with pytest.raises(openai.BadRequestError):
        chat(client, "Weather?")
    chat(client, "Weather, please?")
    assert kinds(fake_llm) == []


def test_a_retry_too_early(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """A client that doesn't wait as `retry-after` asks is told how long it waited, by the scope's clock."""
    fake_llm.clock.freeze()
    fake_llm.script(reply(429, retry_after=20), "It is sunny.")
    with fake_llm.virtual_sleep():
        insist(client, wait=lambda _: 1.5)
    [verdict] = fake_llm.verdicts()
    assert verdict.kind == "ignored_retry_after"
    assert "got 429 with 20 s to wait and came again after 1.5 s" in verdict.evidence


def test_openais_own_client_waits(fake_llm: FakeLLM) -> None:
    """OpenAI's client waits as it is asked, so there is no verdict on it."""
    fake_llm.clock.freeze()
    fake_llm.script(reply(429, retry_after=60), reply(503, retry_after=0.5), "It is sunny.")
    with fake_llm.virtual_sleep(), openai.OpenAI(**fake_llm.openai_client_args()) as client:
        chat(client, "Weather?")
    assert kinds(fake_llm) == []


@pytest.mark.parametrize("name", ["retry-after", "retry-after-ms"])
def test_a_retry_in_time(fake_llm: FakeLLM, client: openai.OpenAI, name: str) -> None:
    """A client that waits as one of the two headers asks is right."""
    fake_llm.clock.freeze()
    fake_llm.script(reply(429, retry_after=20), reply(503, retry_after=0.5), "It is sunny.")
    unit_s = 0.001 if name.endswith("ms") else 1
    with fake_llm.virtual_sleep():
        insist(client, wait=lambda error: unit_s * float(error.response.headers[name]))
    assert kinds(fake_llm) == []


@pytest.mark.parametrize("is_twin", [True, False])
def test_the_same_at_once(fake_llm: FakeLLM, *, is_twin: bool) -> None:
    """Two equal requests of which the second came before the first was answered are told; others aren't."""

    async def ask() -> None:
        async with openai.AsyncOpenAI(**fake_llm.openai_client_args(), max_retries=0) as client:
            texts = ["Weather?", "Weather?" if is_twin else "News?"]
            asking = [client.responses.create(model="m", input=text) for text in texts]
            tasks = [asyncio.create_task(each) for each in asking]
            await asyncio.to_thread(fake_llm.clock.wait_for_sleepers, 2)
            fake_llm.advance(60)
            await asyncio.gather(*tasks)

    fake_llm.script(*[reply("It is sunny.").slow(first_token_s=60)] * 2)
    asyncio.run(ask())
    assert kinds(fake_llm) == (["asked_twice"] if is_twin else [])


@pytest.mark.parametrize(
    ("script", "num_read", "verdicts"),
    [
        (reply("word " * 20_000), 3, ["left_early"]),
        (reply("It is sunny."), None, []),
        (reply("It is sunny.").hang(after=2), 3, []),
        (reply("It is sunny."), 4, []),
    ],
)
def test_reading_to_the_end(
    fake_llm: FakeLLM, client: openai.OpenAI, script: Any, num_read: int | None, verdicts: list[str]
) -> None:
    """A client that leaves a stream which goes on is told, but not one that leaves a stuck one."""
    fake_llm.script(script)
    with chat(client, "Weather?", stream=True) as stream:
        for _ in itertools.islice(stream, num_read):
            pass
    assert kinds(fake_llm) == verdicts


def ask_in_parts(client: openai.OpenAI, *, is_checked: bool, next_text: str) -> None:
    """A program that streams an answer, and goes on; one that checks asks again where it broke off."""
    while True:
        text, reason = "", None
        try:
            for chunk in chat(client, "Weather?", stream=True):
                text += chunk.choices[0].delta.content or ""
                reason = chunk.choices[0].finish_reason or reason
        except openai.APIConnectionError:
            pass
        if reason == "stop" or not is_checked:
            break
    chat(client, "Weather?", {"role": "assistant", "content": text}, next_text)


@pytest.mark.parametrize("part", [reply("It is sunny.").cut(after=2), reply("It is", finish_reason="length")])
@pytest.mark.parametrize(
    ("is_checked", "next_text", "verdicts"),
    [
        (False, "Thanks. And tomorrow?", ["took_part_for_whole"]),
        (False, "Please continue.", []),
        (True, "Thanks. And tomorrow?", []),
    ],
)
def test_parts_of_answers(
    fake_llm: FakeLLM,
    client: openai.OpenAI,
    part: Any,
    *,
    is_checked: bool,
    next_text: str,
    verdicts: list[str],
) -> None:
    """An answer that broke off or was too long is no assistant's message, but for one that is continued."""
    fake_llm.script(part, *(["It is sunny."] if is_checked else []), "It rains.")
    ask_in_parts(client, is_checked=is_checked, next_text=next_text)
    assert kinds(fake_llm) == verdicts
    assert all("'It is'" in verdict.evidence for verdict in fake_llm.verdicts())


def run_tool(client: openai.OpenAI, answer: Callable[[str], list[Any]], text: str = "Weather?") -> None:
    """A program that runs a tool once."""
    message = chat(client, text, tools=[SEARCH]).choices[0].message
    [call] = message.tool_calls
    chat(client, text, message.model_dump(exclude_none=True), *answer(call.id), tools=[SEARCH])


@pytest.mark.parametrize(
    ("answer", "verdicts"),
    [
        (lambda call_id: [{"role": "tool", "tool_call_id": call_id, "content": "21"}], []),
        (lambda _: [{"role": "tool", "tool_call_id": "mine", "content": "21"}], ["unknown_call_id"]),
        (lambda _: ["And now?"], ["unanswered_call"]),
    ],
)
def test_results_of_tools(
    fake_llm: FakeLLM, client: openai.OpenAI, answer: Callable[[str], list[Any]], verdicts: list[str]
) -> None:
    """A result with an id that no call has, and a call without its result, are told."""
    fake_llm.script(reply(tool="search", arguments={}), *([] if verdicts else ["It is sunny."]))
    try:
        run_tool(client, answer)
    except openai.BadRequestError:
        assert verdicts
    assert kinds(fake_llm) == verdicts


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        ({"type": "function_call_output", "call_id": "mine", "output": "21"}, "unknown_call_id"),
        ({"role": "user", "content": "And now?"}, "unanswered_call"),
    ],
)
def test_results_of_tools_in_responses(
    fake_llm: FakeLLM, client: openai.OpenAI, item: Any, verdict: str
) -> None:
    """The API of responses has its own words for that."""
    call = {"type": "function_call", "call_id": "call_1", "name": "search", "arguments": "{}"}
    items: list[Any] = [item] if verdict == "unknown_call_id" else [call, item]
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model="m", input=items)
    assert kinds(fake_llm) == [verdict]


@pytest.mark.parametrize("is_stable", [True, False])
def test_the_beginning_of_a_prompt(fake_llm: FakeLLM, client: openai.OpenAI, *, is_stable: bool) -> None:
    """A program that changes its instructions from turn to turn is told where, and one that doesn't isn't."""
    fake_llm.script("It is sunny.", "It rains.")
    messages: list[Any] = [{"role": "user", "content": "Weather?"}]
    for minute in ("01", "02"):
        said = "Be brief." if is_stable else f"You help people. It is 10:{minute}."
        answer = chat(client, {"role": "system", "content": said}, *messages).choices[0].message.content
        messages += [{"role": "assistant", "content": answer}, {"role": "user", "content": "And tomorrow?"}]
    assert kinds(fake_llm) == ([] if is_stable else ["broke_cache"])
    for verdict in fake_llm.verdicts():
        assert "message 0 was system 'You help people. It is 10:01.' and is system" in verdict.evidence


def test_conversations_side_by_side(fake_llm: FakeLLM, client: openai.OpenAI) -> None:
    """Conversations that have the same answers aren't taken for each other."""
    fake_llm.script(*["OK."] * 4, "Fine.")
    system = {"role": "system", "content": "Be brief."}
    for text in ("One.", "Two."):
        chat(client, system, text)
    for text in ("One.", "Two.", "Three."):
        chat(client, system, text, {"role": "assistant", "content": "OK."}, "And now?")
    assert kinds(fake_llm) == []


@pytest.mark.parametrize("kept", [True, False])
def test_the_beginning_of_a_stored_conversation(
    fake_llm: FakeLLM, client: openai.OpenAI, *, kept: bool
) -> None:
    """So is one that goes on from a stored response."""
    fake_llm.script("It is sunny.", "It rains.")
    first = client.responses.create(model="m", input="Weather?", instructions="Be brief.", store=True)
    client.responses.create(
        model="m",
        input="And tomorrow?",
        previous_response_id=first.id,
        instructions="Be brief." if kept else "Be long.",
    )
    assert kinds(fake_llm) == ([] if kept else ["broke_cache"])


def test_verdicts_fail_where_that_is_asked(journal_server: FakeLLMServer) -> None:
    """`judge` names the verdicts that fail a test, each once; without it none does."""
    cases: list[tuple[Any, str | None]] = [
        (True, "retried_in_vain"),
        ("retried_in_vain", "retried_in_vain"),
        (["left_early"], None),
        (False, None),
    ]
    for judge, words in cases:
        opened = journal_server.open_scope(judge=judge)
        opened.script(404, "It is sunny.")
        with openai.OpenAI(**opened.openai_client_args(), max_retries=0) as client:
            insist(client)
        if words is not None:
            with pytest.raises(ScriptError, match=words):
                opened.check()
        opened.check()
        opened.close()
    with pytest.raises(ConfigurationError, match="A verdict is one of retried_in_vain"):
        journal_server.open_scope("sk-own", judge="everything")
