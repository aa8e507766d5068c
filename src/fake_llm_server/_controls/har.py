"""Writes a journal as an HTTP archive, which browsers' developer tools and proxies read.

Source: http://www.softwareishard.com/blog/har-12-spec/
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

from fake_llm_server._controls.entry_json import write_moment
from fake_llm_server._controls.masking import mask_text
from fake_llm_server._controls.received_request import ReceivedRequest

_UNKNOWN = -1
"""What the format has in the place of a size that isn't known."""

_PACKAGE = "fake-llm-server"


def write_har(requests: Sequence[ReceivedRequest], address: str) -> dict[str, Any]:
    """The archive of some requests.

    Args:
        requests: in their order.
        address: of the server, such as `http://127.0.0.1:8000`.
    """
    creator = {"name": _PACKAGE, "version": version(_PACKAGE)}
    entries = [_write_entry(request, address) for request in requests]
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _write_entry(request: ReceivedRequest, address: str) -> dict[str, Any]:
    ended_s = request.measure() if request.ended_s is None else request.ended_s
    began_s = ended_s if request.began_s is None else request.began_s
    return {
        "startedDateTime": write_moment(request.came_at),
        "time": _to_ms(ended_s),
        "request": _write_request(request, address),
        "response": _write_response(request),
        "cache": {},
        "timings": {"send": 0, "wait": _to_ms(began_s), "receive": _to_ms(ended_s) - _to_ms(began_s)},
        "_source": request.source,
        "_hasLeft": request.has_left,
    }


def _write_request(request: ReceivedRequest, address: str) -> dict[str, Any]:
    query = f"?{request.query}" if request.query else ""
    return {
        "method": request.method,
        "url": f"{address}{request.path}{query}",
        "httpVersion": f"HTTP/{request.http_version}",
        "cookies": [],
        "headers": _write_pairs(request.headers.items()),
        "queryString": _write_pairs(parse_qsl(request.query, keep_blank_values=True)),
        **({"postData": _write_post(request)} if request.received.size else {}),
        "headersSize": _UNKNOWN,
        "bodySize": request.received.size,
    }


def _write_post(request: ReceivedRequest) -> dict[str, Any]:
    kind = request.headers.get("content-type", "application/octet-stream")
    return {"mimeType": kind, "text": mask_text(request.content.decode("utf-8", "replace")), "params": []}


def _write_response(request: ReceivedRequest) -> dict[str, Any]:
    headers = request.reply_headers
    status = request.status or 0
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": f"HTTP/{request.http_version}",
        "cookies": [],
        "headers": _write_pairs(headers.items()),
        "content": _write_content(request, headers),
        "redirectURL": headers.get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": request.sent.size,
    }


def _write_content(request: ReceivedRequest, headers: Mapping[str, str]) -> dict[str, Any]:
    content = {"size": request.sent.size, "mimeType": headers.get("content-type", "")}
    try:
        return {**content, "text": mask_text(request.reply_content.decode())}
    except UnicodeDecodeError:
        encoded = base64.b64encode(request.reply_content).decode()
        return {**content, "text": encoded, "encoding": "base64"}


def _write_pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _to_ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
