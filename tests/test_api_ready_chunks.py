"""Chunks of a stream that are ready go out together, and never wait for one that isn't."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message

from fake_llm_server._api.shared.server_sent_events import stream_response


async def send_all(chunks: AsyncGenerator[bytes, None], sent: list[bytes]) -> None:
    """Stream chunks, and note the body of each message."""

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message.get("body", b"head"))
        await asyncio.sleep(0)  # as a client that reads slowly makes it

    response = await stream_response(chunks)
    await response({"type": "http"}, receive, send)


def test_what_is_ready_goes_out_together() -> None:
    """A chunk that was waited for goes out before the next one is waited for."""

    async def write() -> AsyncGenerator[bytes, None]:
        for chunk in (b"a", b"b", b"", b"c", b"d", b"", b"e"):
            if not chunk:
                await asyncio.sleep(0)
                continue
            yield chunk

    sent: list[bytes] = []
    asyncio.run(send_all(write(), sent))
    assert sent == [b"head", b"ab", b"cd", b"e"]


def test_much_that_is_ready_goes_out_in_parts() -> None:
    """A message has about 16 KiB, and others have a turn between two."""

    async def write() -> AsyncGenerator[bytes, None]:
        for _ in range(100):
            yield bytes(1024)

    sent: list[bytes] = []
    asyncio.run(send_all(write(), sent))
    assert [len(body) for body in sent[1:]] == [16_384] * 6 + [4096]


@pytest.mark.parametrize("is_sending", [True, False])
def test_a_cancelled_stream_ends_what_makes_it(*, is_sending: bool) -> None:
    """The maker is cancelled where it waits, also if that happens while something else is sent."""
    ended: list[str] = []

    async def write() -> AsyncGenerator[bytes, None]:
        try:
            yield b"a"
            await asyncio.Event().wait()
            yield b"never"
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    async def run() -> None:
        async def send(message: Message) -> None:
            if is_sending and message.get("body"):
                await asyncio.Event().wait()

        response = await stream_response(write())
        async with asyncio.timeout(0.01):
            await response({"type": "http"}, send, send)  # type: ignore[arg-type]  # it receives nothing

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert ended == ["CancelledError"]


def test_a_time_limit_of_the_maker_holds_while_something_is_sent() -> None:
    """What it yields for that goes out."""

    async def write() -> AsyncGenerator[bytes, None]:
        yield b"a"
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            yield b"late"

    sent: list[bytes] = []

    async def run() -> None:
        async def send(message: Message) -> None:
            if message.get("body") == b"a":
                await asyncio.Event().wait()
            sent.append(message.get("body", b"head"))

        response = await stream_response(write())
        await response({"type": "http"}, send, send)  # type: ignore[arg-type]  # it receives nothing

    asyncio.run(run())
    assert sent == [b"head", b"late"]
