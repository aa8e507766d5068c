"""Seals what an item carries for later requests: thoughts, and the summary of a conversation.

OpenAI encrypts it, so that clients hand it back without reading it. Here it is only made opaque, because a
fake has nothing to hide: JSON, compressed, in URL-safe base64, behind a mark that tells ours from others'.
"""

import base64
import binascii
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
    try:
        if not text.startswith(_MARK):
            raise ValueError("It was sealed by another server.")
        opening = zlib.decompressobj()
        data = opening.decompress(base64.urlsafe_b64decode(text[len(_MARK) :]), _MAX_OPENED_BYTES)
        content = json.loads(data)
    except (ValueError, binascii.Error, zlib.error) as error:
        shown = text if len(text) <= 12 else f"{text[:8]}...{text[-4:]}"  # noqa: PLR2004 - 8 + 4
        raise InvalidRequestError(
            f"The encrypted content {shown} could not be verified. Send it back as this server gave it.",
            param=param,
            code="invalid_encrypted_content",
        ) from error
    if not isinstance(content, dict):
        raise InvalidRequestError(
            "The encrypted content could not be verified.", param=param, code="invalid_encrypted_content"
        )
    return content
