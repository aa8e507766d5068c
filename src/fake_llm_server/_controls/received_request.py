"""The journal's entries of HTTP: what a client sent, what was sent to it, and whether it stayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlencode

from fake_llm_server._controls.entry_json import write_request
from fake_llm_server._controls.json_text import parse_json
from fake_llm_server._controls.masking import mask_parameters
from fake_llm_server._controls.sent_events import SentEvent, parse_events
from fake_llm_server._seam import Clock, RequestHeaders

if TYPE_CHECKING:
    from fake_llm_server._controls.received_call import ReceivedCall, Source

MAX_KEPT_BYTES = 2**20
"""Bytes that are kept of each body."""

_ERRORS_FROM = 400


class KeptBytes:
    """The beginning of what passes by, in pieces with their moments: no more than `MAX_KEPT_BYTES`.

    Attributes:
        pieces: each after its moment, in seconds from the request's coming.
        size: of all that passed, in bytes.
    """

    __slots__ = ("pieces", "size")

    def __init__(self) -> None:
        self.pieces: list[tuple[float, bytes]] = []
        self.size = 0

    def add(self, moment: float, piece: bytes) -> None:
        """Let a piece pass."""
        room = MAX_KEPT_BYTES - self.size
        self.size += len(piece)
        if piece and room > 0:
            self.pieces.append((moment, piece if len(piece) <= room else piece[:room]))

    @property
    def is_whole(self) -> bool:
        """Whether all of it was kept."""
        return self.size <= MAX_KEPT_BYTES

    def join(self, separator: bytes = b"") -> bytes:
        """What was kept."""
        return separator.join(piece for _, piece in self.pieces)


@dataclass(eq=False, slots=True, repr=False)
class ReceivedRequest:
    """An HTTP request of a scope and its reply, or a WebSocket, as they came and went.

    Moments and durations are by the scope's clock.

    Attributes:
        number: among the requests of its scope, from 0.
        kind: `websocket` for a connection that asks to be one.
        method: such as `POST`.
        path: decoded, such as `/v1/responses`.
        http_version: such as `1.1`.
        came_s: when its head came, by `clock.now()`.
        came_at: the same in seconds since 1970.
        began_s: when its reply began, in seconds from its coming; None as long as it hasn't.
        ended_s: when its reply was sent, or broke off, or the client had left, likewise.
        status: of the reply; None as long as there is none. 101 for a WebSocket.
        is_whole: whether all of the reply was sent.
        has_left: whether the client left before that.
        is_broken: whether the server broke the connection on purpose.
        calls: what it asked of the model, the script or the rules; none if the server answered it alone.
        came_in_order: its coming among all comings and ends of the scope; `ended_in_order` is its end's.
    """

    number: int
    clock: Clock
    kind: Literal["http", "websocket"]
    method: str
    path: str
    http_version: str
    raw_query: bytes
    raw_headers: Sequence[tuple[bytes, bytes]]
    came_s: float
    came_at: float
    came_in_order: int
    began_s: float | None = None
    ended_s: float | None = None
    ended_in_order: int | None = None
    status: int | None = None
    is_whole: bool = False
    has_left: bool = False
    is_broken: bool = False
    calls: "list[ReceivedCall]" = field(default_factory=list)
    raw_reply_headers: Sequence[tuple[bytes, bytes]] = ()
    received: KeptBytes = field(default_factory=KeptBytes)
    sent: KeptBytes = field(default_factory=KeptBytes)

    def measure(self) -> float:
        """Seconds since it came."""
        return self.clock.now() - self.came_s

    @property
    def headers(self) -> Mapping[str, str]:
        """By their names in whatever case; keys are masked."""
        return RequestHeaders(self.raw_headers)

    @property
    def reply_headers(self) -> Mapping[str, str]:
        """Of the reply, likewise."""
        return RequestHeaders(self.raw_reply_headers)

    @property
    def query(self) -> str:
        """What follows the path's question mark; keys are masked, and empty is none."""
        text = self.raw_query.decode("latin-1")
        pairs = parse_qsl(text, keep_blank_values=True)
        masked = mask_parameters(pairs)
        return text if masked == pairs else urlencode(masked)

    @property
    def content(self) -> bytes:
        """The body as it came; of a WebSocket the messages, a line each. No more than `MAX_KEPT_BYTES`."""
        return self.received.join(self._separator)

    @property
    def body(self) -> Any:
        """The value of the body; None if that is no JSON, or compressed, or too large to be kept."""
        return parse_json(self.content)

    @property
    def reply_content(self) -> bytes:
        """The reply's body as it was sent, likewise."""
        return self.sent.join(self._separator)

    @property
    def _separator(self) -> bytes:
        return b"\n" if self.kind == "websocket" else b""

    @property
    def reply_body(self) -> Any:
        """The value of the reply's body; None if that is no JSON, such as a stream."""
        return None if self.is_streamed else parse_json(self.reply_content)

    @property
    def is_streamed(self) -> bool:
        """Whether the reply is a stream of events."""
        return self.reply_headers.get("content-type", "").startswith("text/event-stream")

    @property
    def events(self) -> Sequence[SentEvent]:
        """The events that were sent of a stream, or on a WebSocket; else none."""
        if self.kind == "websocket":
            return [SentEvent(at, "", text.decode("utf-8", "replace")) for at, text in self.sent.pieces]
        return parse_events(self.sent.pieces) if self.is_streamed else []

    @property
    def left_after(self) -> int | None:
        """How many events had been sent when the client left; None if it stayed."""
        return len(self.events) if self.has_left else None

    @property
    def is_refused(self) -> bool:
        """Whether it was answered with an error, by whatever."""
        return self.status is not None and self.status >= _ERRORS_FROM

    @property
    def source(self) -> "Source":
        """What answered: `server` if it needed no model, no script and no rule."""
        return self.calls[-1].source if self.calls else "server"

    @property
    def error(self) -> str | None:
        """The words of the error that it was answered with; None if it wasn't, or in another shape."""
        return self._read_error("message")

    @property
    def error_code(self) -> str | None:
        """The code of that error, such as `insufficient_quota`; None if it has none."""
        return self._read_error("code")

    def _read_error(self, name: str) -> str | None:
        body = self.reply_body if self.is_refused else None
        error = body.get("error") if isinstance(body, dict) else None
        part = error.get(name) if isinstance(error, dict) else None
        return part if isinstance(part, str) else None

    def as_json(self) -> dict[str, Any]:
        """It with its reply and its calls, as a value for JSON; keys are masked."""
        return write_request(self)

    def __repr__(self) -> str:
        status = "no reply" if self.status is None else self.status
        left = ", the client left" if self.has_left else ""
        return f"<request {self.number}: {self.method} {self.path}: {status} by {self.source}{left}>"
