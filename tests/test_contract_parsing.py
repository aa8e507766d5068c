"""Requests become wire types, and whatever is wrong with them becomes a `ValidationError`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fake_llm_server._contract import parse_json_body, parse_query
from fake_llm_server._generated.chat.wire import CreateChatCompletionRequest, ListChatCompletionsQuery
from fake_llm_server._generated.responses.wire import GetResponseQuery


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"temperature": NaN}',
        b'{"metadata": {"a": Infinity}}',
        b'{"model": "\\ud800"}',
        b'{"model": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"n": 1' + b"0" * 5000 + b"}",
        b'{"model": "m"} {}',
    ],
)
def test_json_body_malformed(raw: bytes) -> None:
    """A body that isn't JSON gives one error of the type `json_invalid`, however bad it is."""
    with pytest.raises(ValidationError) as caught:
        parse_json_body(CreateChatCompletionRequest, raw)
    assert [error["type"] for error in caught.value.errors()] == ["json_invalid"]


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"x"', b"1e999"])
def test_json_body_no_object(raw: bytes) -> None:
    """JSON that is no object is refused as a whole."""
    with pytest.raises(ValidationError) as caught:
        parse_json_body(CreateChatCompletionRequest, raw)
    assert [error["loc"] for error in caught.value.errors()] == [()]


@given(
    st.binary()
    | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(lambda x: json.dumps(x).encode())
)
def test_json_body_never_crashes(raw: bytes) -> None:
    """No bytes raise anything but `ValidationError`."""
    with pytest.raises(ValidationError):
        parse_json_body(CreateChatCompletionRequest, raw)


def test_json_body_last_duplicate_counts() -> None:
    """Of duplicate keys the last one counts, as for OpenAI."""
    raw = b'{"model": "a", "messages": [{"role": "user", "content": ""}], "model": "b"}'
    assert parse_json_body(CreateChatCompletionRequest, raw).model == "b"


@pytest.mark.parametrize("name", ["include", "include[]"])
def test_query_arrays(name: str) -> None:
    """Arrays are taken in both spellings."""
    values = ["reasoning.encrypted_content", "message.output_text.logprobs"]
    assert parse_query(GetResponseQuery, [(name, value) for value in values]).include == values


def test_query_objects_and_scalars() -> None:
    """Objects are written by key, numbers as in JSON; what the operation doesn't know is passed over."""
    items = [("metadata[a]", "1"), ("metadata[b]", "x"), ("limit", "7"), ("order", "desc"), ("foo", "1")]
    query = parse_query(ListChatCompletionsQuery, items)
    assert (query.metadata, query.limit, query.order) == ({"a": "1", "b": "x"}, 7, "desc")


@pytest.mark.parametrize(
    ("model", "name", "value", "kind"),
    [
        (ListChatCompletionsQuery, "limit", "0", "greater_than_equal"),
        (ListChatCompletionsQuery, "limit", "101", "less_than_equal"),
        (ListChatCompletionsQuery, "limit", "ten", "int_type"),
        (ListChatCompletionsQuery, "limit", "1.0", "int_type"),
        (ListChatCompletionsQuery, "limit", "", "int_type"),
        (ListChatCompletionsQuery, "limit", "9" * 5000, "int_type"),
        (ListChatCompletionsQuery, "order", "up", "literal_error"),
        (ListChatCompletionsQuery, "metadata[a]", "x" * 513, "string_too_long"),
        (GetResponseQuery, "stream", "yes", "bool_type"),
        (GetResponseQuery, "starting_after", "-1", "greater_than_equal"),
        (GetResponseQuery, "include", "everything", "literal_error"),
    ],
)
def test_query_refused(
    model: type[ListChatCompletionsQuery | GetResponseQuery], name: str, value: str, kind: str
) -> None:
    """A value that the contract doesn't allow is refused at its name."""
    with pytest.raises(ValidationError) as caught:
        parse_query(model, [(name, value)])
    error = caught.value.errors()[0]
    assert (error["loc"][0], error["type"]) == (name.partition("[")[0], kind)


@pytest.mark.parametrize(
    "items",
    [
        [("metadata[a][b]", "x")],
        [("metadata[a]", "x"), ("metadata[a]", "y")],
        [("metadata[a]", "x"), ("metadata[a][b]", "y")],
        [("metadata", "x")],
    ],
)
def test_pairs_of_a_query_are_texts(items: list[tuple[str, str]]) -> None:
    """An object or an array as the value of a pair is refused as in a body, and not passed over."""
    with pytest.raises(ValidationError):
        parse_query(ListChatCompletionsQuery, items)


def test_pairs_of_a_query_may_have_any_name() -> None:
    """A name may be empty, and may have brackets."""
    items = [("metadata[]", "x"), ("metadata[a]b]", "y")]
    query = parse_query(ListChatCompletionsQuery, items)
    assert query.metadata == {"": "x", "a]b": "y"}
