"""Errors of this package as JSON and back: their class, their words, and what else they say."""

from typing import Any

from fake_llm_server import _errors
from fake_llm_server._errors import FakeLLMServerError, GenerationError


def encode_error(error: Exception) -> dict[str, Any]:
    """An error, as what JSON has. One that isn't of this package becomes a `GenerationError`."""
    if not isinstance(error, FakeLLMServerError):
        error = GenerationError(f"The process that keeps the model failed: {type(error).__name__}: {error}")
    return {"kind": type(error).__name__, "message": str(error), "said": vars(error)}


def decode_error(form: dict[str, Any]) -> FakeLLMServerError:
    """The error that `encode_error` wrote: of the same class, with the same words and attributes."""
    kind: type[FakeLLMServerError] = getattr(_errors, form["kind"])
    # Constructors make messages of what they are given; here the message is there already.
    error = kind.__new__(kind, form["message"])
    error.__dict__.update(form["said"])
    return error
