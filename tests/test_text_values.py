"""Values of a conversation go into the arguments of a call; the narrowed schema is a part of the own one."""

from typing import Any

import pytest

from fake_llm_server._seam import GenerationRequest, JsonSchemaFormat, Tool, ToolCall, Turn
from fake_llm_server._text.values import fit_arguments, fit_calls, take_values

TEXT, WHOLE, NUMBER, TRUTH = {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
UNITS = {"type": "string", "enum": ["celsius", "fahrenheit"]}


def parameters(**properties: Any) -> dict[str, Any]:
    """The schema of an object; a name that ends with an underscore is optional."""
    named = {name.rstrip("_"): schema for name, schema in properties.items()}
    required = [name for name in properties if not name.endswith("_")]
    return {"type": "object", "properties": named, "required": required}


def fit(schema: Any, *turns: str | Turn, name: str = "tool") -> list[Any]:
    """What is taken over for each call: its arguments, with a schema in the place of what is left open."""
    told = tuple(turn if isinstance(turn, Turn) else Turn("user", turn) for turn in turns)
    narrowed = fit_arguments(GenerationRequest(told), Tool("function", name, None, schema))
    return [_taken(each) for each in narrowed]


def _taken(schema: Any) -> Any:
    if "const" in schema:
        return schema["const"]
    if "properties" not in schema:
        return schema
    return {name: _taken(inner) for name, inner in schema["properties"].items()}


WEATHER = parameters(city=TEXT, unit_=UNITS)
CONVERT = parameters(amount=NUMBER, from_currency=TEXT, to_currency=TEXT)
EVENT = parameters(title=TEXT, date=TEXT, time=TEXT, attendees_={"type": "array", "items": TEXT})
FLIGHT = parameters(origin=TEXT, destination=TEXT, date=TEXT, passengers_=WHOLE)
EMAIL = parameters(to=TEXT, subject=TEXT, body=TEXT)


@pytest.mark.parametrize(
    ("schema", "request_", "due"),
    [
        (WEATHER, "What's the weather in Paris?", [{"city": "Paris"}]),
        (WEATHER, "wie ist das Wetter in Berlin?", [{"city": "Berlin"}]),
        (WEATHER, "what's the weather like in new york today?", [{"city": "New York"}]),
        (WEATHER, "Weather in Rome in Fahrenheit", [{"city": "Rome", "unit": "fahrenheit"}]),
        (WEATHER, "Weather in Paris and London", [{"city": "Paris"}, {"city": "London"}]),
        (
            EMAIL,
            "Send an email to bob@example.com with subject 'Lunch' saying let's meet at noon.",
            [{"to": "bob@example.com", "subject": "Lunch", "body": "let's meet at noon"}],
        ),
        (
            parameters(customer_name=TEXT),
            "Add a client named 'ab' (Big Group)",
            [{"customer_name": "ab"}],
        ),
        (CONVERT, "Convert 100 USD to EUR", [{"amount": 100, "from_currency": "USD", "to_currency": "EUR"}]),
        (parameters(expression=TEXT), "What is 23 * (4 + 5)?", [{"expression": "23 * (4 + 5)"}]),
        (parameters(expression=TEXT), "What's 15 times 7?", [{"expression": "15 * 7"}]),
        (parameters(a=NUMBER, b=NUMBER), "What is 3 plus 4?", [{"a": 3, "b": 4}]),
        (
            parameters(query=TEXT, limit_=WHOLE),
            "Search the web for jazz in Oslo",
            [{"query": "jazz in Oslo"}],
        ),
        (
            EVENT,
            "Schedule a meeting called Planning with a@x.com and b@y.com on 2025-03-04 at 3pm",
            [{"title": "Planning", "date": "2025-03-04", "time": "3pm", "attendees": ["a@x.com", "b@y.com"]}],
        ),
        (parameters(order_id=TEXT), "Where is my order ORD-12345?", [{"order_id": "ORD-12345"}]),
        (parameters(order_id=WHOLE), "Cancel order #4521", [{"order_id": 4521}]),
        (
            FLIGHT,
            "Book a flight from Berlin to New York on March 3rd for two people",
            [{"origin": "Berlin", "destination": "New York", "date": "March 3rd", "passengers": 2}],
        ),
        (
            parameters(query={"type": "string", "description": "SQL query"}),
            "Run SELECT * FROM users WHERE age > 30",
            [{"query": "SELECT * FROM users WHERE age > 30"}],
        ),
        (parameters(path=TEXT), "Read the file /etc/hosts please", [{"path": "/etc/hosts"}]),
        (parameters(command=TEXT), "Run `ls -la` in the shell", [{"command": "ls -la"}]),
        (parameters(minutes=WHOLE), "Set a timer for two hours", [{"minutes": 120}]),
        (parameters(on=TRUTH), "Turn off the light", [{"on": False}]),
        (
            parameters(value=NUMBER, from_unit={"enum": ["km", "mi"]}, to_unit={"enum": ["km", "mi"]}),
            "Convert 10 miles to kilometers",
            [{"value": 10, "from_unit": "mi", "to_unit": "km"}],
        ),
        (
            parameters(numbers={"type": "array", "items": NUMBER}),
            "What's the average of 3, 5 and 8.5?",
            [{"numbers": [3, 5, 8.5]}],
        ),
        (
            parameters(text=TEXT, target_language=TEXT),
            "Translate 'good morning' to French",
            [{"text": "good morning", "target_language": "French"}],
        ),
    ],
)
def test_values_of_the_request_are_taken(schema: Any, request_: str, due: list[Any]) -> None:
    """What the request gives stands in the arguments; optional ones that it doesn't speak of are left out."""
    assert fit(schema, request_) == due


def test_values_come_from_earlier_turns_and_results() -> None:
    """What is required and the last user turn doesn't say comes from a tool's result or an earlier turn."""
    result = Turn("tool", '{"name": "Bob", "email": "bob@x.org"}', call_id="1")
    call = Turn("assistant", "", calls=(ToolCall("1", "function", "find", "{}"),))
    assert fit(parameters(to=TEXT), "Write to my boss", call, result, name="send_email") == [
        {"to": "bob@x.org"}
    ]
    turns = ("Weather in Rome in celsius?", Turn("assistant", "Sunny."), "And in Oslo?")
    assert fit(WEATHER, *turns) == [{"city": "Oslo"}]


def test_dates_are_computed_from_the_day_that_is_told() -> None:
    """A day in words becomes a date only where the conversation says which day it is, without the clock."""
    schema = parameters(date={"type": "string", "format": "date"})
    today = Turn("system", "Today is 2025-03-04.")
    assert fit(schema, today, "What do I have tomorrow?") == [{"date": "2025-03-05"}]
    assert fit(schema, "What do I have tomorrow?") == [{"date": {"type": "string", "format": "date"}}]
    assert fit(schema, "What do I have on 4.3.2025?") == [{"date": "2025-03-04"}]


def test_no_call_is_made_twice() -> None:
    """Of two cities the one that was asked for is left out, and when none is left there is no call."""
    made = tuple(ToolCall(city, "function", "tool", f'{{"city": "{city}"}}') for city in ("Paris", "London"))
    asked = "Weather in Paris and London"
    assert fit(WEATHER, asked, Turn("assistant", "", calls=made[:1])) == [{"city": "London"}]
    assert fit(WEATHER, asked, Turn("assistant", "", calls=made)) == []


@pytest.mark.parametrize(
    "own",
    [
        {"type": "string", "maxLength": 3},
        {"type": "string", "pattern": "^[a-z]+$"},
        {"type": "string", "not": {"const": "Paris"}},
        {"type": "string", "format": "date"},
        {"$ref": "#/$defs/missing"},
    ],
)
def test_a_value_that_the_schema_refuses_is_not_taken(own: Any) -> None:
    """A value that doesn't satisfy its parameter's own schema, or can't be checked, is left to the model."""
    assert fit(parameters(city=own), "What's the weather in Paris?") == [{"city": own}]


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"type": "object"},
        {"anyOf": [{"type": "object", "properties": {"city": TEXT}}]},
        {"type": "object", "properties": {"city": TEXT}, "minProperties": 1},
        {"type": "object", "properties": {"city": TEXT}, "required": ["town"]},
    ],
)
def test_a_schema_that_is_not_understood_stays(schema: Any) -> None:
    """What can't be narrowed property by property is left as it is."""
    request = GenerationRequest((Turn("user", "Weather in Paris?"),))
    assert fit_arguments(request, Tool("function", "tool", None, schema)) == [schema]


def test_what_may_be_null_is_null_where_nothing_is_said() -> None:
    """In a strict schema, where all is required, null stands for what the request doesn't speak of."""
    unit = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    narrowed = fit(parameters(city=TEXT, unit=unit), "Weather in Paris?")
    assert narrowed == [{"city": "Paris", "unit": {"type": "null"}}]


def test_structured_answers_take_values_too() -> None:
    """A person's name and age are taken from the text; nothing is left out of an answer."""
    schema = parameters(name=TEXT, age=WHOLE, hobby_=TEXT)
    request = GenerationRequest(
        (Turn("user", "Extract: Jason is 25 years old."),), answer_format=JsonSchemaFormat("person", schema)
    )
    narrowed = take_values(request).answer_format
    assert isinstance(narrowed, JsonSchemaFormat)
    assert _taken(narrowed.schema) == {"name": "Jason", "age": 25, "hobby": TEXT}


@pytest.mark.parametrize("before", ["", "Guests: ", "Alice gives a party. "])
@pytest.mark.parametrize("may_be_null", [False, True])
def test_rows_are_taken_where_the_schema_refers_to_them(may_be_null: bool, before: str) -> None:
    """Pydantic refers to the model of a list's items; the list is still filled row by row, and ends."""
    person = {**parameters(name=TEXT, age=WHOLE), "additionalProperties": False}
    people: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/Person"}}
    if may_be_null:
        people = {"anyOf": [people, {"type": "null"}]}
    schema = {**parameters(people=people), "$defs": {"Person": person}}
    request = GenerationRequest(
        (Turn("user", f"{before}Jason is 25 and Sarah is 30."),),
        answer_format=JsonSchemaFormat("team", schema),
    )
    narrowed: Any = take_values(request).answer_format
    rows = narrowed.schema["properties"]["people"]
    assert [_taken(row) for row in rows["prefixItems"]] == [
        {"name": "Jason", "age": 25},
        {"name": "Sarah", "age": 30},
    ]
    assert rows["maxItems"] == 2


def test_decided_calls_get_the_values_beside_their_own() -> None:
    """A call whose city is decided keeps it and takes the unit that is said with it; equal calls differ."""
    asked = "I need the weather in Paris in celsius and the weather in London in fahrenheit."
    request = GenerationRequest((Turn("user", asked),))
    decided = [
        Tool("function", "get_weather", None, parameters(city={"type": "string", "const": city}, unit_=UNITS))
        for city in ("Paris", "London")
    ]
    due = [{"city": "Paris", "unit": "celsius"}, {"city": "London", "unit": "fahrenheit"}]
    assert [_taken(tool.parameters) for tool in fit_calls(request, decided)] == due
    request = GenerationRequest((Turn("user", "Weather in Paris and London"),))
    alike = [Tool("function", "get_weather", None, WEATHER)] * 2
    assert [_taken(tool.parameters) for tool in fit_calls(request, alike)] == [
        {"city": "Paris"},
        {"city": "London"},
    ]
