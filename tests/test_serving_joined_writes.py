"""What a turn of the event loop writes goes out in one call, in order, and before the connection ends."""

import asyncio
from collections.abc import Callable

import pytest

from fake_llm_server._serving.joined_writes import JoinedWrites


class Recorder(asyncio.Transport):
    """A transport that notes what is done with it."""

    def __init__(self) -> None:
        super().__init__({"peername": ("test", 1)})
        self.done: list[object] = []

    def write(self, data: object) -> None:
        """Note data."""
        self.done.append(data)

    def close(self) -> None:
        """Note the end."""
        self.done.append("close")

    def abort(self) -> None:
        """Note the sudden end."""
        self.done.append("abort")


def record(act: Callable[[JoinedWrites], object]) -> list[object]:
    """What becomes of some writes, and what follows them in the same turn, at the end of the turn."""

    async def run() -> list[object]:
        transport = Recorder()
        joined = JoinedWrites(transport, asyncio.get_running_loop())
        joined.write(b"head ")
        joined.write(b"body")
        assert transport.done == []
        act(joined)
        await asyncio.sleep(0)
        return transport.done

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("act", "done"),
    [
        (lambda joined: joined.get_extra_info("peername"), [b"head body"]),
        (lambda joined: joined.close(), [b"head body", "close"]),
        (lambda joined: joined.abort(), [b"head body", "abort"]),
        (lambda joined: joined.release().write(b" more"), [b"head body", b" more"]),
        (lambda joined: joined.write(bytes(70_000)), [b"head body" + bytes(70_000)]),
    ],
    ids=["nothing", "close", "abort", "release", "much"],
)
def test_writes_of_a_turn_are_joined(act: Callable[[JoinedWrites], object], done: list[object]) -> None:
    """Whatever follows them, and once."""
    assert record(act) == done


def test_much_is_not_held_back() -> None:
    """What is more than 64 KiB goes out at once, so that a slow reader holds up the writer."""
    seen: list[int] = []

    def write_much(joined: JoinedWrites) -> None:
        joined.write(bytes(70_000))
        seen.append(len(joined.transport.done))  # type: ignore[attr-defined]  # it is a recorder

    record(write_much)
    assert seen == [1]
