"""Words a backend's refusal of an answer's grammar as a fault of the tool or format that it comes from."""

from collections.abc import Mapping

from fake_llm_server._api.shared.structured_output import FormatPlace
from fake_llm_server._errors import ConstraintError
from fake_llm_server._seam import GenerationRequest, Tool
from fake_llm_server._text.constraint_faults import find_constraint_fault, find_tool_fault


def word_constraint_error(
    error: ConstraintError,
    request: GenerationRequest,
    tool_params: Mapping[str, str],
    answer_format: FormatPlace | None,
) -> ConstraintError:
    """The same error in terms of what the client sent.

    Args:
        error: of the backend, about the grammar of the whole answer.
        request: what was asked of the backend.
        tool_params: name of a tool to the path of its schema or grammar.
        answer_format: the format that the answer was to have.
    """
    for tool in request.tools:
        fault = find_tool_fault(tool)
        if fault:
            return _blame_tool(tool, fault, tool_params.get(tool.name, "tools"))
    if answer_format is not None and request.text_constraint is not None:
        # Without tools the format is all there is to the grammar, so the error is about it in any case.
        fault = find_constraint_fault(request.text_constraint) or (None if request.tools else str(error))
        if fault:
            return _create(
                f"Invalid schema for response_format '{answer_format.name}': {_end(fault)}",
                answer_format.param,
                answer_format.code,
            )
    return _create(str(error), "tools", "invalid_function_parameters")


def _blame_tool(tool: Tool, fault: str, param: str) -> ConstraintError:
    if tool.kind == "custom":
        assert tool.grammar is not None  # noqa: S101 - without one there is no fault
        kind = "regex" if tool.grammar.kind == "regex" else "Lark grammar"
        return _create(f"Invalid {kind} for custom tool '{tool.name}': {_end(fault)}", param, "invalid_value")
    message = f"Invalid schema for function '{tool.name}': {_end(fault)}"
    return _create(message, param, "invalid_function_parameters")


def _end(fault: str) -> str:
    return fault if "\n" in fault or fault.endswith(".") else f"{fault}."


def _create(message: str, param: str, code: str | None) -> ConstraintError:
    return ConstraintError(message, param=param, code=code)
