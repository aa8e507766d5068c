"""Refuses requests that demand a call of a tool that OpenAI runs itself: no model here has any."""

from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._seam import ToolUse


def refuse_hosted_demand(use: ToolUse) -> None:
    """Refuse a choice that only a hosted tool's call can meet.

    Raises:
        InvalidRequestError: the choice is one.
    """
    for kind in sorted(use.hosted):
        raise InvalidRequestError(
            f"Tool choice '{kind}' is not supported: this server runs no such tool, it only takes the "
            "offer of one. Declare a tool of the type 'function' instead, run it yourself, and send its "
            "output back.",
            param="tool_choice",
            code="unsupported_value",
        )
