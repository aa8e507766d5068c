"""Reads what ends a reply: its finish reason and its token counts."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._seam import FinishReason, Usage


def read_reason(reason: Any) -> FinishReason | None:
    """A finish reason, if it is one.

    Raises:
        ConfigurationError: it isn't.
    """
    known = get_args(FinishReason)
    if reason is not None and reason not in known:
        raise ConfigurationError(f"finish_reason is one of {', '.join(known)}; it was {reason!r}.")
    found: FinishReason | None = reason
    return found


def read_usage(usage: Mapping[str, Any] | None) -> Usage | None:
    """Token counts; those that aren't named are 0.

    Raises:
        ConfigurationError: one has no such name, or is no count.
    """
    if usage is None:
        return None
    known = [field.name for field in fields(Usage)]
    for name, value in usage.items():
        if name not in known or isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ConfigurationError(
                f"usage has whole numbers under the names {', '.join(known)}; it had {name!r}: {value!r}."
            )
    return Usage(**{"prompt_tokens": 0, "completion_tokens": 0, **usage})
