"""The layer that answers for a test: by the scope's script or rules, else by the backend below."""

import asyncio
import inspect
import traceback
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from fake_llm_server._controls.answering import answer_as_written
from fake_llm_server._controls.controls import SCRIPTED, Controls
from fake_llm_server._controls.faults import NO_FAULTS
from fake_llm_server._controls.going_wrong import begin_wrong, go_wrong
from fake_llm_server._controls.limits import renew_error
from fake_llm_server._controls.own_reply import OWN_REPLY
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.reply import Reply
from fake_llm_server._controls.request_check import list_contradictions
from fake_llm_server._controls.token_counts import TokenCounts
from fake_llm_server._controls.writing import as_reply
from fake_llm_server._errors import FakeLLMServerError, ScriptError
from fake_llm_server._seam import Backend, BackendLayer, Begun, Call, GenerationEvent

_OK = 200
_MAX_FUNCTIONS = 8
"""How often a function may answer with another one."""


Fields = Mapping[str, Any]
Items = Sequence[Mapping[str, Any]]


def _find_none(_call: Call, _fields: Fields, _items: Items) -> Sequence[str]:
    return ()


class ControlLayer(BackendLayer):
    """A backend around another one. Calls of scopes without controls pass untouched.

    Args:
        below: answers what no test has decided.
        is_loaded: whether its model is in memory as long as the server lives, so that it can count tokens.
        find_status: the HTTP status that an error becomes.
        list_wire_faults: what of the fields and items that a reply gives the API could not send.
    """

    def __init__(
        self,
        below: Backend,
        *,
        is_loaded: bool,
        find_status: Callable[[FakeLLMServerError], int],
        list_wire_faults: Callable[[Call, Fields, Items], Sequence[str]] = _find_none,
    ) -> None:
        super().__init__(below)
        self._counts = TokenCounts(below, is_exact=is_loaded)
        self._find_status = find_status
        self._list_wire_faults = list_wire_faults

    def generate(self, call: Call) -> AsyncGenerator[GenerationEvent, None]:
        """See `Backend.generate`."""
        controls = call.scope.find(Controls)
        if controls is None and OWN_REPLY.get() is not None:
            controls = call.scope.own(Controls)
        return self._below.generate(call) if controls is None else self._answer(call, controls)

    async def _answer(self, call: Call, controls: Controls) -> AsyncGenerator[GenerationEvent, None]:
        received = ReceivedCall(call)
        controls.journal.note(received)
        try:
            async with aclosing(await self._decide(received, controls)) as events:
                async for event in events:
                    if isinstance(event, Begun):
                        received.status = _OK
                    received.take(event)
                    yield event
        except (asyncio.CancelledError, GeneratorExit):
            received.has_left = received.usage is None and received.error is None
            if received.http is not None and received.http.status is None:
                received.status = None  # the answer had begun, but nothing of it was sent
            raise
        except FakeLLMServerError as error:
            received.error = str(error)
            received.status = received.status or self._find_status(error)
            if isinstance(error, ScriptError):
                controls.report(error)
            raise

    async def _decide(
        self, received: ReceivedCall, controls: Controls
    ) -> AsyncGenerator[GenerationEvent, None]:
        """The events of what answers a call."""
        chosen = _choose(received, controls)
        received.is_made = chosen.function is not None
        reply = received.written = await _settle(chosen, received)
        if reply.error is None:
            self._check(reply, received)
        faults = reply.faults
        if faults != NO_FAULTS:
            await begin_wrong(faults, received, controls.report, is_error=reply.error is not None)
        if reply.error is not None:
            raise renew_error(reply.error, received.model)
        answering = answer_as_written(reply, received.call, self._below, self._counts)
        if faults != NO_FAULTS:
            answering = go_wrong(faults, received, answering)
        return answering

    def _check(self, reply: Reply, received: ReceivedCall) -> None:
        """Refuse a reply that contradicts its request, or the contract.

        Raises:
            ScriptError: it does.
        """
        found = list_contradictions(reply, received.request)
        if reply.fields or reply.items:
            found += self._list_wire_faults(received.call, reply.fields, reply.items)
        if found:
            raise ScriptError(_word(received, found))


def _choose(received: ReceivedCall, controls: Controls) -> Reply:
    own = OWN_REPLY.get()
    if own is not None and received.operation in SCRIPTED:
        received.source = "header"
        return own
    try:
        return controls.choose(received)
    except ScriptError:
        raise
    except Exception as error:
        raise ScriptError(f"The condition of a rule failed: {type(error).__name__}: {error}") from error


async def _settle(reply: Reply, received: ReceivedCall) -> Reply:
    """Have functions make the reply, until none is left."""
    for _ in range(_MAX_FUNCTIONS):
        if reply.function is None:
            return reply
        try:
            made = as_reply(await _call(reply, received))
        except Exception as error:
            raise ScriptError(
                f"The function that makes the reply failed: {type(error).__name__}: {error}"
                f"{_find_place(error, reply.function)}"
            ) from error
        reply = replace(
            made,
            rules=made.rules if made.rules is not None else reply.rules,
            faults=reply.faults.under(made.faults),
        )
    raise ScriptError(f"The function that makes the reply returned a function {_MAX_FUNCTIONS} times.")


def _find_place(error: Exception, function: Callable[..., object]) -> str:
    """Where in the file of a function it failed, if that is known: the test sees no traceback of it."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f" ({file}, line {lines[-1]})" if lines else ""


async def _call(reply: Reply, received: ReceivedCall) -> Any:
    """Call a function on a thread, as it may block; one that is asynchronous on the server's loop."""
    assert reply.function is not None  # noqa: S101 - asked before
    made = (
        reply.function(received)
        if inspect.iscoroutinefunction(reply.function)
        else await asyncio.to_thread(reply.function, received)
    )
    return await made if inspect.isawaitable(made) else made


def _word(received: ReceivedCall, faults: list[str]) -> str:
    begin = f"The {received.source}'s reply contradicts the request ({received.operation}, call "
    joined = f" {faults[0]}" if len(faults) == 1 else "\n- ".join(["", *faults])
    return f"{begin}{received.call.ordinal}):{joined}"
