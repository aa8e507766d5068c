"""Texts of a format are those that the parsers of programs read."""

import json
import random
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from byte_walks import write_text
from example_factor import EXAMPLE_FACTOR
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from pydantic import HttpUrl, TypeAdapter

from fake_llm_server._text.answer_grammar import guide_schema

PARSERS: dict[str, Any] = {
    "date": date,
    "time": time,
    "date-time": datetime,
    "duration": timedelta,
    "uri": HttpUrl,
    "email": str,
    "hostname": str,
}


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=20 * EXAMPLE_FACTOR)
@given(seed=st.integers(0, 2**32))
def test_texts_of_a_format_are_read_by_its_parser(name: str, seed: int) -> None:
    """A walk at random under a format comes to a short text of it, which Python's parsers take as well."""
    schema = {"type": "string", "format": name}
    text = json.loads(
        write_text(guide_schema(schema), random.Random(seed), max_bytes=1000)  # noqa: S311 - no secret
    )
    assert validator_for(schema, validate_formats=True).is_valid(text), text
    TypeAdapter(PARSERS[name]).validate_python(text)
    assert len(text) <= 220
    if name == "email":
        assert "." in text.partition("@")[2]


def test_lengths_of_a_schema_win_over_usual_texts() -> None:
    """A format of which no usual text has the length that is asked for keeps all its texts of that length."""
    schema = {"type": "string", "format": "email", "maxLength": 3}
    text = json.loads(write_text(guide_schema(schema), random.Random(1), max_bytes=100))  # noqa: S311 - no secret
    assert len(text) == len("a@b")
