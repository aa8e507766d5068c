"""Writes a journal into a file: JSON Lines, or an HTTP archive."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fake_llm_server._controls.har import write_har
from fake_llm_server._controls.received_request import ReceivedRequest
from fake_llm_server._errors import ConfigurationError


def export(path: Path, requests: Sequence[ReceivedRequest], base_url: str) -> None:
    """Write requests into a file, in the form that its suffix names.

    Args:
        path: ends with `.jsonl` or `.har`; a file that is there is replaced.
        requests: in their order.
        base_url: of the server.

    Raises:
        ConfigurationError: the suffix is another one.
        OSError: the file can't be written.
    """
    write = EXPORTS.get(path.suffix)
    if write is None:
        raise ConfigurationError(
            f"A journal is exported as {' or '.join(EXPORTS)}, by the file's suffix; it was {path.name!r}."
        )
    path.write_text(write(requests, base_url), encoding="utf-8")


def _write_lines(requests: Sequence[ReceivedRequest], _base_url: str) -> str:
    return "".join(f"{json.dumps(request.as_json(), ensure_ascii=False)}\n" for request in requests)


def _write_archive(requests: Sequence[ReceivedRequest], base_url: str) -> str:
    address = urlsplit(base_url)
    archive = write_har(requests, f"{address.scheme}://{address.netloc}")
    return json.dumps(archive, ensure_ascii=False, indent=1)


EXPORTS: dict[str, Callable[[Sequence[ReceivedRequest], str], str]] = {
    ".jsonl": _write_lines,
    ".har": _write_archive,
}
"""What writes requests, with the address of their server, by the suffix of a file."""
