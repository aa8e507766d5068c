"""Large bodies are parsed off the event loop."""

import asyncio
import json
import threading
from typing import Any

import pytest
from fastapi import Request
from pydantic import BaseModel, field_validator

from fake_llm_server._contract.routing import RequestFaultError, read_body

threads: list[int] = []


class Note(BaseModel):
    """A body that knows which threads validated it."""

    text: str

    @field_validator("text")
    @classmethod
    def _note_thread(cls, text: str) -> str:
        threads.append(threading.get_ident())
        return text


def read(body: Any) -> Note:
    """Read a request's body on a loop of this thread."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

    scope = {"type": "http", "headers": [(b"content-type", b"application/json")]}
    return asyncio.run(read_body(Request(scope, receive), Note))


@pytest.mark.parametrize(("num_characters", "is_on_loop"), [(10, True), (200_000, False)])
def test_the_loop_validates_small_bodies_alone(num_characters: int, *, is_on_loop: bool) -> None:
    """A body of some size is validated on another thread than the loop's."""
    threads.clear()
    assert len(read({"text": "a" * num_characters}).text) == num_characters
    assert (threads == [threading.get_ident()]) is is_on_loop
    assert len(threads) == 1


def test_faults_of_large_bodies_are_told_alike() -> None:
    """A thread's fault is the request's."""
    with pytest.raises(RequestFaultError):
        read({"text": ["a" * 200_000]})
