"""What happened in a scope: the HTTP requests, and the calls that they made."""

import asyncio
import itertools
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Literal

from fake_llm_server._controls.calls import Calls
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._seam import Clock

CURRENT_REQUEST: ContextVar[ReceivedRequest | None] = ContextVar("current_request", default=None)
"""The entry of the request that this task answers, or of the one that started it; None if none is kept."""

_QUIET_TIMEOUT_S = 0.5


class Journal:
    """The entries of one scope, in the order in which they came. Any thread may read and write it."""

    def __init__(self) -> None:
        self._lock = threading.Condition(threading.RLock())  # a rule's function may look at the calls
        self._order = itertools.count()
        self._requests: list[ReceivedRequest] = []
        self._calls: list[ReceivedCall] = []
        self._open: set[ReceivedRequest] = set()

    @property
    def calls(self) -> Calls:
        """All calls so far."""
        with self._lock:
            return Calls(self._calls)

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """All HTTP requests so far."""
        with self._lock:
            return tuple(self._requests)

    def clear(self) -> None:
        """Forget what has come; what is still under way goes on unseen."""
        with self._lock:
            self._requests.clear()
            self._calls.clear()

    def note(self, call: ReceivedCall) -> None:
        """Write a call down, and join it with the request that made it."""
        call.http = CURRENT_REQUEST.get()
        with self._lock:
            call.number = len(self._calls)
            self._calls.append(call)
            if call.http is not None:
                call.http.calls.append(call)

    def open_request(
        self,
        clock: Clock,
        kind: Literal["http", "websocket"],
        *,
        method: str,
        path: str,
        http_version: str,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
    ) -> ReceivedRequest:
        """Write a request down whose head has come."""
        with self._lock:
            request = ReceivedRequest(
                number=len(self._requests),
                clock=clock,
                kind=kind,
                method=method,
                path=path,
                http_version=http_version,
                raw_query=query,
                raw_headers=headers,
                came_s=clock.now(),
                came_at=clock.unix_time(),
                came_in_order=next(self._order),
            )
            self._requests.append(request)
            self._open.add(request)
        return request

    def end_request(self, request: ReceivedRequest) -> None:
        """Note that nothing more will be sent to a request. Twice is once."""
        with self._lock:
            if request.ended_s is None:
                request.ended_s = request.measure()
                request.ended_in_order = next(self._order)

    def close_request(self, request: ReceivedRequest) -> None:
        """Note that a request has ended, and whatever answered it as well."""
        self.end_request(request)
        with self._lock:
            self._open.discard(request)
            self._lock.notify_all()

    def wait_until_quiet(self) -> None:
        """Give the server a moment to notice which clients have left; half a second at most.

        A thread that runs an event loop doesn't wait: it may be the one that has to notice.
        """
        if _runs_loop():
            return
        with self._lock:
            self._lock.wait_for(
                lambda: all(each.kind == "websocket" for each in self._open), _QUIET_TIMEOUT_S
            )


def _runs_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
