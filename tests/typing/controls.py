"""Uses the controls as tests do; mypy checks it, nothing runs it."""

import re
from typing import assert_type

from fake_llm_server import AnswerRules, Calls, FakeLLM, FakeLLMServer, ReceivedCall, Reply, reply


async def answer_later(call: ReceivedCall) -> Reply:
    """A function of the call may be asynchronous."""
    return reply(f"{call.user_text} by {call.model}")


def script(server: FakeLLMServer) -> None:
    """Everything that a script takes."""
    with server.open_scope(strict=True, rules=AnswerRules.none()) as fake_llm:
        assert_type(fake_llm, FakeLLM)
        fake_llm.script("text", 429, ..., answer_later, lambda call: call.model, reply(tool="search"))
        fake_llm.script(reply(tool_calls=["search", ("run", "print(1)")]).slow(tokens_per_s=9).cut(after=3))
        fake_llm.script(reply(choices=["yes", reply(refusal="no")]), reply(json={"a": 1}).wrong("json"))
        fake_llm.script(reply(like=r"Goodbye.*"), reply(schema={"type": "object"}), reply(json={"a": ...}))
        fake_llm.script(reply("a", logprobs=[("a", -0.1, {"b": -2})], fields={"id": "resp_1"}, items=[{}]))
        fake_llm.when(tool=["a", "b"], headers={"x-a": re.compile("b")}, stream=True).then(reply(tool="a"))
        fake_llm.when("text", model=re.compile("gpt-.*"), turn=1, times=2).then("text", ...)
        fake_llm.when(where=lambda call: len(call.tools) > 1).then(reply(429, retry_after=0.5))
        fake_llm.limit(requests_per_minute=3, tokens_per_minute=None)
        fake_llm.quota(tokens=100)
        fake_llm.clock.freeze(at=1_900_000_000)
        with fake_llm.virtual_sleep():
            fake_llm.advance(2.5)
        assert_type(fake_llm.slept, list[float])
        assert_type(fake_llm.calls, Calls)
        assert_type(fake_llm.calls[1:].where("text", status=200, turn=1), Calls)
        assert_type(fake_llm.assert_called(tool="search", times=1)[0], ReceivedCall)
        assert_type(fake_llm.requests[0].calls, list[ReceivedCall])
        assert_type(fake_llm.calls[0].reply.text, str)
        assert_type(fake_llm.calls[0].status, int | None)
        assert_type([call.arguments for call in fake_llm.calls[0].reply.tool_calls], list[str])
    server.fake_llm.script("text")


def refuse(fake_llm: FakeLLM) -> None:
    """What no script takes."""
    fake_llm.script({"city": "Oslo"})  # type: ignore[arg-type] # JSON is reply(json=…)
    fake_llm.when(colour="red")  # type: ignore[call-arg] # no such condition
    reply("text", finish_reason="tired")  # type: ignore[arg-type] # no such reason
    reply("text").wrong("mood")  # type: ignore[arg-type] # no such lie
