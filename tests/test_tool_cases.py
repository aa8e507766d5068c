"""The table of requests with tools says enough to measure a rule by."""

import json

import jsonschema_rs
import pytest

from benchmarks.tool_cases import ToolCase, read_cases


def test_the_table_is_large_and_halved() -> None:
    """Each domain has cases in both halves, with and without calls over the whole table."""
    cases = read_cases()
    assert len(cases) >= 140
    assert len({case.name for case in cases}) == len(cases)
    assert len({json.dumps(case.body) for case in cases}) == len(cases)
    for half in ("development", "measured"):
        of_half = [case for case in cases if case.half == half]
        assert {case.domain for case in of_half} == {case.domain for case in cases}
        assert 0.3 < sum(not case.expected for case in of_half) / len(of_half) < 0.6


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_a_case_expects_what_is_possible(case: ToolCase) -> None:
    """The request is a valid one; what is to be called is offered, and the values are the tool's."""
    request = case.read_request()
    schemas = {tool.name: tool.parameters for tool in request.tools}
    assert set(case.expected) <= set(schemas)
    assert len(case.arguments) == len(case.expected)
    properties = {name: (schema or {}).get("properties", {}) for name, schema in schemas.items() if schema}  # type: ignore[union-attr] # its schemas are objects
    for arguments in case.arguments:
        owners = [names for name, names in properties.items() if set(arguments) <= set(names)]
        assert owners
        for name, values in arguments.items():
            assert all(jsonschema_rs.is_valid(owners[0][name], value) for value in values)
