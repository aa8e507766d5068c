"""The request decides which tools are called: plainly, once each, and until everything is answered."""

import json
import random
from pathlib import Path
from typing import Any, get_args

import pytest

from benchmarks.tool_cases import Half, ToolCase, read_cases
from benchmarks.tool_choices import choose_half, decide_half, write_tables
from fake_llm_server._seam import GenerationRequest, Tool, ToolCall, ToolUse, Turn
from fake_llm_server._text.tool_choice.plan import plan_calls, plan_tools

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("function", "get_weather", "Get the weather of a city", CITY)
NEWS = Tool("function", "search_news", "Find recent news articles about a topic", CITY)
FINAL = Tool("function", "final_result", "The final response which ends this conversation", CITY)
DOCS = Path(__file__).parent.parent / "docs" / "answers.md"


def plan(
    text: str, *tools: Tool, made: list[tuple[str, Any]] | None = None, **use: Any
) -> list[tuple[str, Any]]:
    """The calls for a user's text after answered ones: names, and the values that they must have."""
    turns = [Turn("user", text)]
    for number, (name, arguments) in enumerate(made or []):
        call = ToolCall(f"call_{number}", "function", name, json.dumps(arguments))
        turns += [Turn("assistant", "", calls=(call,)), Turn("tool", "done", call_id=call.call_id)]
    request = GenerationRequest(tuple(turns), tools=tools, tool_use=ToolUse(**{"mode": "auto", **use}))
    return [(wish.tool.name, wish.value) for wish in plan_calls(request)]


@pytest.mark.parametrize("half", get_args(Half))
def test_most_cases_are_decided_rightly(half: Half) -> None:
    """At least 90 % are right under `auto`, and so is the choice among several tools."""
    for right in (
        [outcome.is_right for outcome in decide_half(half)],
        [outcome.has_right_tools for outcome in choose_half(half)],
    ):
        assert sum(right) / len(right) >= 0.9


def test_the_docs_have_these_figures() -> None:
    """docs/answers.md has the tables that the command writes."""
    assert write_tables() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_the_choice_of_tools_is_kept_to(case: ToolCase) -> None:
    """Whatever the text asks for: `none`, `required`, allowed tools and single calls are kept to."""
    names = [tool["function"]["name"] for tool in case.tools]
    assert plan_calls(case.read_request(tool_choice="none")) == ()
    assert plan_calls(case.read_request(tool_choice="required"))
    assert len(plan_calls(case.read_request(parallel_tool_calls=False))) <= 1
    named = {"type": "function", "function": {"name": names[-1]}}
    assert [wish.tool.name for wish in plan_calls(case.read_request(tool_choice=named))] == names[-1:]
    allowed = {
        "type": "allowed_tools",
        "allowed_tools": {
            "mode": "required",
            "tools": [{"type": "function", "function": {"name": names[-1]}}],
        },
    }
    assert {wish.tool.name for wish in plan_calls(case.read_request(tool_choice=allowed))} == {names[-1]}


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_a_loop_comes_to_its_end(case: ToolCase) -> None:
    """Calls that are answered aren't made again: under `auto` a loop ends with text after a few turns."""
    messages = list(case.messages)
    made = set()
    for _ in range(8):
        request = ToolCase(
            case.name, case.domain, case.half, messages, case.tools, case.expected, case.arguments
        ).read_request()
        calls = plan_calls(request)
        if not calls:
            return
        for number, wish in enumerate(calls):
            assert (wish.tool.name, wish.value) not in made
            made.add((wish.tool.name, wish.value))
            arguments = json.dumps({wish.parameter: wish.value} if wish.parameter else {})
            call_id = f"call_made_{len(messages)}_{number}"
            function = {"name": wish.tool.name, "arguments": arguments}
            called = [{"id": call_id, "type": "function", "function": function}]
            messages.append({"role": "assistant", "tool_calls": called})
            messages.append({"role": "tool", "tool_call_id": call_id, "content": "done"})
    pytest.fail("the loop goes on")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("What is the weather in Paris?", [None]),
        ("What is the weather in Paris and London?", ["Paris", "London"]),
        ("Compare the weather in San Francisco, CA and New York.", ["San Francisco, CA", "New York"]),
        ("Weather in Rome, Milan, and Turin please", ["Rome", "Milan", "Turin"]),
        ("What is the weather in Paris and Paris?", [None]),
        ("Is it windy and cold in Oslo?", [None]),
    ],
)
def test_each_value_of_a_list_gets_a_call(text: str, values: list[str | None]) -> None:
    """There are several calls of a tool only for different values of one parameter, each in its own call."""
    assert plan(text, WEATHER) == [("get_weather", value) for value in values]


@pytest.mark.parametrize(
    "text",
    [
        "What is the weather in Paris and London right now?",
        "What is the weather in Rome, Milan and Turin at the moment?",
    ],
)
def test_a_list_stays_in_one_part(text: str) -> None:
    """What follows a list of values isn't taken for a wish of its own, which another tool would serve."""
    search = Tool("function", "web_search", "Search the web for current information", QUERY)
    assert {name for name, _ in plan(text, WEATHER, search)} == {"get_weather"}
    assert len(plan(text, WEATHER, search)) > 1


@pytest.mark.parametrize(
    ("text", "is_called"),
    [
        ("Don't call any tool: what's the weather in Rome?", False),
        ("What's the weather in Rome? Answer without using tools.", False),
        ("Ignore all tools. What's the weather in Rome?", False),
        ("What's the weather in Rome? Don't use tools that are slow.", True),
        ("What's the weather in Rome? No tool but get_weather.", True),
    ],
)
def test_tools_can_be_forbidden(text: str, is_called: bool) -> None:
    """A text that says that no tool be used gets none."""
    assert bool(plan(text, WEATHER)) is is_called


QUERY = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
RETRIEVER = Tool("function", "retrieve", "Retrieve information related to a query.", QUERY)
SEARCH = Tool("function", "web_search", "Search the web", QUERY)
TERM = {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]}
CALCULATOR = Tool("function", "calculator", "Evaluate a math expression", TERM)
MULTIPLY = Tool("function", "multiply", "Multiply two numbers")
NAME = Tool("function", "get_user_name", "Get the name of the current user")


@pytest.mark.parametrize(
    ("text", "tool", "is_called"),
    [
        ("What is task decomposition?", RETRIEVER, True),
        ("Who are you?", RETRIEVER, False),
        ("Write a poem about the sea.", RETRIEVER, False),
        ("Who won the world cup?", SEARCH, True),
        ("Who was Ada Lovelace?", SEARCH, False),
        ("whats the wether in london", WEATHER, True),
        ("Should I take an umbrella in Seattle?", WEATHER, True),
        ("The weather is nice.", WEATHER, False),
        ("Summarize this: The weather was bad, rain and wind all day.", WEATHER, False),
        ("Use the tool.", WEATHER, True),
        ("What is 3 * 12?", MULTIPLY, True),
        ("What is 2024-01-02?", MULTIPLY, False),
        ("How much is 15% of 80?", CALCULATOR, True),
        ("I gave 110% of my power.", CALCULATOR, False),
        ("What's my name?", NAME, True),
        ("What's your name?", NAME, False),
    ],
)
def test_what_serves(text: str, tool: Tool, is_called: bool) -> None:
    """Questions for a source, slips, other words, signs and `my` are understood; plain talk is left alone."""
    assert bool(plan(text, tool)) is is_called


def test_a_value_of_a_list_is_laid_into_its_call() -> None:
    """The parameter of a call for one value of a list takes no other, so no two calls are equal."""
    request = GenerationRequest(
        (Turn("user", "Weather in Paris and London?"),), (WEATHER,), tool_use=ToolUse("auto")
    )
    schemas: list[Any] = [tool.parameters for tool in plan_tools(request)]
    assert [schema["properties"]["city"]["const"] for schema in schemas] == ["Paris", "London"]


PAIR = {
    "type": "object",
    "properties": {"start": {"type": "string"}, "end": {"type": "string"}},
    "required": ["start", "end"],
}
MANY = {
    "type": "object",
    "properties": {"cities": {"type": "array", "items": {"type": "string"}}},
    "required": ["cities"],
}
SHORT = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 3}},
    "required": ["city"],
}


@pytest.mark.parametrize("parameters", [PAIR, MANY, SHORT])
def test_values_for_one_call_get_one(parameters: Any) -> None:
    """A tool that takes two such values, or a list of them, or that refuses one of them, is called once."""
    tool = Tool("function", "get_weather", "Get the weather", parameters)
    assert plan("Weather in Paris and London?", tool) == [("get_weather", None)]


def test_what_is_missing_is_called_next() -> None:
    """After a part of the calls the rest comes, then text; a call that needs a result waits for it."""
    text = "Weather in Paris and London?"
    assert plan(text, WEATHER, made=[("get_weather", {"city": "Paris, France"})]) == [
        ("get_weather", "London")
    ]
    assert (
        plan(text, WEATHER, made=[("get_weather", {"city": "London"}), ("get_weather", {"city": "Paris"})])
        == []
    )
    text = "Find recent news about storms, then get the weather in Oslo."
    assert plan(text, WEATHER, NEWS) == [("search_news", None)]
    assert plan(text, WEATHER, NEWS, made=[("search_news", {"city": "storms"})]) == [("get_weather", None)]


def test_required_calls_what_is_new() -> None:
    """Under `required` the tool that serves comes first, then the one that ends the turn."""
    use: dict[str, Any] = {"mode": "required"}
    tools = (WEATHER, NEWS, FINAL)
    text = "What is the weather in Paris?"
    assert plan(text, *tools, **use) == [("get_weather", None)]
    assert plan(text, *tools, made=[("get_weather", {"city": "Paris"})], **use) == [("final_result", None)]
    assert plan("Hello!", *tools, **use) == [("final_result", None)]


def test_the_order_of_the_tools_doesnt_matter() -> None:
    """The same tools in another order give the same calls, where one serves better than the others."""
    text = "Find recent news about the weather in Paris."
    assert plan(text, WEATHER, NEWS) == plan(text, NEWS, WEATHER) == [("search_news", None)]


HOSTILE = ["A, ", "a-", "1,", "select ", "/a", "a.", "hi ", "and ", "' ", "~", "a1", "\n", "ok,", "\u0300"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_texts_cost_little(piece: str) -> None:
    """What is read of a text and of its tools is bounded: a long one is decided as well."""
    random.seed(0)
    tools = [
        Tool("function", f"tool_{number}", piece * 20_000, {"type": "object", "properties": {piece: True}})
        for number in range(5)
    ]
    assert len(plan(piece * 100_000, WEATHER, *tools, mode="required")) <= 10


@pytest.mark.parametrize("parameters", [None, True, {}, {"properties": []}, {"properties": {"a": True}}])
@pytest.mark.parametrize("kind", ["function", "custom"])
def test_any_tool_is_read(parameters: Any, kind: Any) -> None:
    """Whatever its schema is, a tool is chosen by its name and description."""
    tool = Tool(kind, "get_weather", None, parameters)
    assert plan("How is the weather in Paris and London?", tool) == [("get_weather", None)]


def test_a_turn_in_tags_asks_for_nothing_beside_a_question() -> None:
    """What an agent adds in one element of XML isn't asked; alone, or in part of a turn, it is."""
    added = "<context>\n  What is the weather in Paris?\n</context>\n"

    def count_calls(*texts: str) -> int:
        turns = tuple(Turn("user", text) for text in texts)
        return len(plan_calls(GenerationRequest(turns, tools=(WEATHER,), tool_use=ToolUse(mode="auto"))))

    assert count_calls(added, "Who are you?") == 0
    assert count_calls(added, "What is the weather in Rome?") == 1
    assert count_calls(added) == 1
    assert count_calls(f"{added} What is the weather in Rome? <context></context>", "Please.") >= 1
