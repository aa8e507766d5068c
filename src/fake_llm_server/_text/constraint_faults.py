"""Finds out which tool or format it is that an answer's grammar can't be made of.

The grammar of a whole answer is refused in words about that grammar, which no client has written.
"""

from collections.abc import Callable, Iterator

from fake_llm_server._errors import ConstraintError
from fake_llm_server._seam import Constraint, GenerationRequest
from fake_llm_server._text.answer_grammar import constrain_format, constrain_input
from fake_llm_server._text.prompt import offered_tools


def blame_part(
    error: ConstraintError,
    request: GenerationRequest,
    find_fault: Callable[[Constraint], str | None],
    *,
    is_bounded: bool = True,
) -> ConstraintError:
    """The error as one about a tool of the request, or about its format.

    Args:
        error: about the grammar of the whole answer.
        request: what is to be answered.
        find_fault: why a constraint can't be used, or None if it can.
        is_bounded: whether what a schema leaves open was bounded.
    """
    parts = list(_list_parts(request, is_bounded=is_bounded))
    if len(parts) == 1:
        return ConstraintError(find_fault(parts[0][1]) or str(error), tool=parts[0][0])
    for tool, constraint in parts:
        fault = find_fault(constraint)
        if fault is not None:
            return ConstraintError(fault, tool=tool)
    return ConstraintError(str(error), tool=parts[0][0] if parts else None)


def _list_parts(request: GenerationRequest, *, is_bounded: bool) -> Iterator[tuple[str | None, Constraint]]:
    """What the answer's grammar is made of; the name of the tool with each, None for the format."""
    for tool in offered_tools(request):
        constraint = constrain_input(tool, is_bounded=is_bounded)
        if constraint is not None:
            yield tool.name, constraint
    if request.answer_format is not None:
        yield None, constrain_format(request.answer_format, is_bounded=is_bounded)
