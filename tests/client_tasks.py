"""What each client is asked to do, and how a test knows that it was done.

The answer alone proves little: a client that never streamed returns the same text. What it sent does.
"""

import json
from typing import Any

TASKS = ("chat", "stream", "call_tool", "structure")
CITIES = {"Paris", "Rome"}
"""The two values that the schemas of the tests allow."""

TOOL_RESULT = "It is sunny in "
"""How the result of the weather tool begins, in every client's code."""


def check_task(
    task: str, answer: object, bodies: list[dict[str, Any]], *, may_skip_tool: bool = False
) -> None:
    """Fail unless the answer, and the requests that led to it, are those of the task.

    Args:
        task: one of `TASKS`.
        answer: what the client's function returned.
        bodies: the requests that the server was sent.
        may_skip_tool: the client can't demand a call, and the small model seldom makes one by itself.
    """
    assert isinstance(answer, str)
    assert answer.strip()
    assert bodies
    match task:
        case "stream":
            assert all(body["stream"] for body in bodies)
        case "call_tool":
            assert bodies[0]["tools"]
            assert may_skip_tool or TOOL_RESULT in json.dumps(bodies) + answer
        case "structure":
            assert answer in CITIES
            assert any("Rome" in json.dumps(_find_schemas(body)) for body in bodies)


def _find_schemas(body: dict[str, Any]) -> list[Any]:
    """Where a schema for the answer may stand in either API; some clients make it a tool's."""
    return [body.get("response_format"), body.get("text"), body.get("tools")]
