"""Seals what an item carries for later requests: thoughts, and the summary of a conversation.

OpenAI encrypts it, so that clients hand it back without reading it. Here it is only made opaque, because a
fake has nothing to hide: JSON, compressed, in URL-safe base64, behind a mark that tells ours from others'.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from fake_llm_server._errors import InvalidRequestError

_MARK = "fls1_"
_MAX_OPENED_BYTES = 64 * 1024 * 1024
"""Most bytes that sealed content may open to; a request is no place for a bomb."""


def seal(content: Mapping[str, Any]) -> str:
    """Make content opaque; the same content gives the same text."""
    data = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    return _MARK + base64.urlsafe_b64encode(zlib.compress(data)).decode()


def unseal(text: str, *, param: str) -> dict[str, Any]:
    """Read sealed content.

    Args:
        text: what `seal` gave.
        param: the request's field, for the error.

    Raises:
        InvalidRequestError: it isn't ours, or was damaged; in OpenAI's words.
    """
    content = _open(text[len(_MARK) :]) if text.startswith(_MARK) else None
    if content is None:
        shown = text if len(text) <= 12 else f"{text[:8]}...{text[-4:]}"  # noqa: PLR2004 - 8 + 4
        raise InvalidRequestError(
            f"The encrypted content {shown} could not be verified. Send it back as this server gave it.",
            param=param,
            code="invalid_encrypted_content",
        )
    return content


def _open(sealed: str) -> dict[str, Any] | None:
    """What was sealed, or None if it was damaged."""
    opening = zlib.decompressobj()
    try:
        content = json.loads(opening.decompress(base64.urlsafe_b64decode(sealed), _MAX_OPENED_BYTES))
    except (ValueError, zlib.error):
        return None
    return content if opening.eof and isinstance(content, dict) else None
