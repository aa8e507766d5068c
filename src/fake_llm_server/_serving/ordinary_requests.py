"""The protocol that reads ordinary requests by httptools; imported only where that is installed."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from fake_llm_server._serving.http_protocols import AnyRequests, measure_ordinary
from fake_llm_server._serving.joined_writes import JoinedWrites


class OrdinaryRequests(HttpToolsProtocol):
    """Reads by httptools, and joins writes, until a request comes that isn't ordinary."""

    transport: Any
    _num_left = 0
    """Bytes of the request's body that haven't come yet."""
    _early = b""
    """What came before the request ahead of it was answered."""

    def connection_made(self, transport: Any) -> None:
        """Begin with a connection."""
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type] # it is like one

    def data_received(self, data: bytes) -> None:
        """Read a body, or what comes after it."""
        if self._num_left:
            body, data = data[: self._num_left], data[self._num_left :]
            self._num_left -= len(body)
            super().data_received(body)
        if data and self._is_answering:
            self._early += data
            self.flow.pause_reading()
        elif data:
            self._begin(data)

    @property
    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn declares it as if there always were one
        return cycle is not None and not cycle.response_complete

    def _begin(self, data: bytes) -> None:
        """Read a request from its beginning on."""
        measured = measure_ordinary(data)
        if measured is None or len(data) > sum(measured):
            self._hand_over(data)
            return
        self._num_left = sum(measured) - len(data)
        super().data_received(data)

    def _hand_over(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.flow.resume_reading()
        transport = self.transport.release()
        protocol = AnyRequests(self.config, self.server_state, self.app_state, self.loop)
        protocol.connection_made(transport)
        transport.set_protocol(protocol)
        protocol.data_received(data)

    def on_response_complete(self) -> None:
        """Go on with what came early."""
        super().on_response_complete()
        if self._early and not self.transport.is_closing():
            early, self._early = self._early, b""
            self.data_received(early)
