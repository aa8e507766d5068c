"""The reply that a request brings with it, in a header."""

from typing import Any

from pydantic_core import from_json

from fake_llm_server._control_api.documents.reading import DocumentError, DocumentFault, read_document
from fake_llm_server._control_api.documents.replies import Member
from fake_llm_server._control_api.prefix import REPLY_HEADER
from fake_llm_server._controls import Reply
from fake_llm_server._errors import InvalidRequestError


def read_reply_header(raw: bytes) -> Reply:
    """The reply of a header: an object or a string of JSON, a status, `...` for the model, or else a text.

    Args:
        raw: its value.

    Raises:
        InvalidRequestError: it is no reply.
    """
    try:
        return read_document(Member, _parse(_decode(raw).strip()))
    except DocumentError as error:
        raise InvalidRequestError(
            f"{REPLY_HEADER}: {error}", param=REPLY_HEADER, code="invalid_value"
        ) from None


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _parse(text: str) -> Any:
    if text.isdecimal() and text.isascii():
        return int(text[:9])
    if not text.startswith(("{", '"')):
        return text
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise DocumentError([DocumentFault((), f"is no JSON: {error}")]) from None
