"""Words a backend's refusal of a format, a schema or a grammar as a fault of the field that it stands in."""

from collections.abc import Mapping

from fake_llm_server._api.shared.structured_output import FormatPlace
from fake_llm_server._errors import ConstraintError
from fake_llm_server._seam import GenerationRequest, Tool


def word_constraint_error(
    error: ConstraintError,
    request: GenerationRequest,
    tool_params: Mapping[str, str],
    answer_format: FormatPlace | None,
) -> ConstraintError:
    """The same error in terms of what the client sent.

    Args:
        error: of the backend; its message is the reason.
        request: what was asked of the backend.
        tool_params: name of a tool to the path of its schema or grammar.
        answer_format: the format that the answer was to have.
    """
    tool = next((tool for tool in request.tools if tool.name == error.tool), None)
    reason = str(error)
    reason = reason if reason.endswith(".") else f"{reason}."
    if tool is not None:
        return _blame_tool(tool, reason, tool_params.get(tool.name, "tools"))
    if answer_format is not None:
        message = f"Invalid schema for response_format '{answer_format.name}': {reason}"
        return ConstraintError(message, param=answer_format.param, code=answer_format.code)
    return ConstraintError(reason, param="tools", code="invalid_function_parameters")


def _blame_tool(tool: Tool, reason: str, param: str) -> ConstraintError:
    if tool.grammar is not None:
        kind = "regex" if tool.grammar.syntax == "regex" else "Lark grammar"
        message = f"Invalid {kind} for custom tool '{tool.name}': {reason}"
        return ConstraintError(message, param=param, code="invalid_value")
    message = f"Invalid schema for function '{tool.name}': {reason}"
    return ConstraintError(message, param=param, code="invalid_function_parameters")
