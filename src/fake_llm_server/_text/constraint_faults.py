"""Finds out which tool or format it is that an answer's grammar can't be made of.

A backend refuses the grammar of a whole answer, in words about that grammar, which no client has written.
"""

import json

from llguidance import LLMatcher

from fake_llm_server._seam import Constraint, Tool
from fake_llm_server._text.answer_grammar import arguments_schema, guide_schema


def find_tool_fault(tool: Tool) -> str | None:
    """Why a tool's arguments or input can't be held to its schema or grammar, or None if they can."""
    if tool.kind == "custom":
        return None if tool.grammar is None else find_constraint_fault(tool.grammar)
    schema = guide_schema(arguments_schema(tool), is_lenient=not tool.strict)
    return find_constraint_fault(Constraint("json_schema", json.dumps(schema)))


def find_constraint_fault(constraint: Constraint) -> str | None:
    """Why a text can't be held to a constraint, or None if it can."""
    try:
        match constraint.kind:
            case "json_schema":
                grammar = LLMatcher.grammar_from_json_schema(constraint.source)
            case "regex":
                grammar = LLMatcher.grammar_from_regex(constraint.source)
            case "lark":
                grammar = LLMatcher.grammar_from_lark(constraint.source)
        return str(LLMatcher.validate_grammar(grammar)) or None
    except ValueError as error:
        return str(error)
