"""Prompts: every conversation can be shown to every model, in the template's terms or in words."""

import datetime as dt
from typing import Any

import pytest

from fake_llm_server._errors import ModelLoadError
from fake_llm_server._seam import GenerationRequest, Grammar, Tool, ToolCall, ToolUse, Turn
from fake_llm_server._text.chat_template import ChatTemplate, TemplateError
from fake_llm_server._text.prompt import write_prompt

PLAIN = "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
KNOWING = (
    "{% if tools %}[{% for t in tools %}{{ t | tojson }}{% endfor %}]{% endif %}"
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}({{ c.function.name }} {{ c.function.arguments | tojson }}){% endfor %}"
    "</{{ m.role }}>{% endfor %}"
)
STRICT = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
)
THINKING = "{% for m in messages %}{{ m.content }}{% endfor %}{% if enable_thinking %}<think>{% endif %}"

TOOL = Tool("function", "get_weather", "Weather", {"type": "object", "properties": {}})
CUSTOM = Tool("custom", "sql", "Runs SQL", grammar=Grammar("regex", "SELECT .*"))
CALLED = Turn("assistant", "", calls=(ToolCall("call_1", "function", "get_weather", '{"city": "Rome"}'),))
RESULT = Turn("tool", "sunny", call_id="call_1")


def prompt(source: str, *turns: Turn, **options: Any) -> str:
    """The prompt of a template for some turns."""
    return write_prompt(ChatTemplate(source, "test"), GenerationRequest(turns=turns, **options))


@pytest.mark.parametrize(
    ("source", "turns", "expected"),
    [
        (PLAIN, [Turn("developer", "a"), Turn("user", "b")], "<system>a</system><user>b</user>"),
        (
            PLAIN,
            [Turn("system", "a"), Turn("developer", "b"), Turn("user", "c")],
            "<system>a\n\nb</system><user>c</user>",
        ),
        (PLAIN, [Turn("user", "hi", name="Ann")], "<user>Ann: hi</user>"),
        (
            PLAIN,
            [Turn("user", "a"), CALLED, RESULT],
            (
                '<user>a</user><assistant><tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}'
                "\n</tool_call></assistant><user><tool_response>\nsunny\n</tool_response></user>"
            ),
        ),
        (
            KNOWING,
            [Turn("user", "a"), CALLED, RESULT],
            '<user>a</user><assistant>(get_weather {"city": "Rome"})</assistant><tool>sunny</tool>',
        ),
        (STRICT, [Turn("system", "a"), Turn("user", "b")], "<user>a\n\nb</user>"),
        (STRICT, [Turn("user", "a"), Turn("user", "b")], "<user>a\n\nb</user>"),
        (
            STRICT,
            [Turn("user", "a"), Turn("assistant", "b"), Turn("system", "c"), Turn("user", "d")],
            "<user>a</user><assistant>b</assistant><user>c\n\nd</user>",
        ),
        (STRICT, [Turn("system", "a")], "<user>a</user>"),
    ],
)
def test_conversations_fit_their_template(source: str, turns: list[Turn], expected: str) -> None:
    """What a template doesn't know is put in words that it can show."""
    assert prompt(source, *turns) == expected


def test_tools_are_given_to_a_template_that_knows_them() -> None:
    """A knowing template gets the tools, and nothing is described in words."""
    written = prompt(KNOWING, Turn("user", "a"), tools=(TOOL,), tool_use=ToolUse("auto"))
    assert written.startswith('[{"type": "function"')
    assert "<system>" not in written


@pytest.mark.parametrize("source", [PLAIN, STRICT])
def test_tools_are_described_to_the_others(source: str) -> None:
    """Other templates show a description, with the form of a call."""
    written = prompt(source, Turn("user", "a"), tools=(TOOL, CUSTOM), tool_use=ToolUse("auto"))
    for part in ("get_weather", "Weather", "<tool_call>", "sql", "Runs SQL", "SELECT .*", "<custom_call:"):
        assert part in written


def test_only_offered_tools_are_shown() -> None:
    """A tool that may not be called isn't shown."""
    for use in (
        ToolUse("none"),
        ToolUse("required", named="sql"),
        ToolUse("auto", allowed=frozenset(["sql"])),
    ):
        assert "get_weather" not in prompt(PLAIN, Turn("user", "a"), tools=(TOOL, CUSTOM), tool_use=use)


TOLD = "{% for m in messages %}<{{ m.role }}>{{ m.content }}"
CALLS = (
    "{% for c in m.tool_calls or [] %}"
    "({{ c.function.name }} {{ c.function.arguments | tojson }}){% endfor %}{% endfor %}"
)
ONE_CALL = TOLD + "{% if (m.tool_calls or []) | length > 1 %}{{ raise_exception('one') }}{% endif %}" + CALLS
CALL_OR_TEXT = TOLD.replace("{{ m.content }}", "{% if not m.tool_calls %}{{ m.content }}{% endif %}") + CALLS
OWN_IDS = (
    TOLD
    + "{% for c in m.tool_calls or [] if c.id | length != 9 %}{{ raise_exception('id') }}{% endfor %}"
    + CALLS
)
WITH_USER = (
    "{% if 'user' not in messages | map(attribute='role') %}{{ raise_exception('no user') }}{% endif %}"
    + TOLD
    + "{% endfor %}"
)
IN_WORDS = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>'
CALLED_TWICE = Turn(
    "assistant",
    "wait",
    calls=(
        ToolCall("call_1", "function", "get_weather", '{"city": "Rome"}'),
        ToolCall("call_2", "function", "get_weather", '{"city": "Oslo"}'),
    ),
)
ROME, OSLO = '(get_weather {"city": "Rome"})', '(get_weather {"city": "Oslo"})'
RAIN = Turn("tool", "rain", call_id="call_2")


@pytest.mark.parametrize(
    ("source", "turns", "expected"),
    [
        (
            ONE_CALL,
            [Turn("user", "a"), CALLED_TWICE, RESULT, RAIN],
            f"<user>a<assistant>wait{ROME}<tool>sunny<assistant>{OSLO}<tool>rain",
        ),
        (
            CALL_OR_TEXT,
            [Turn("user", "a"), CALLED_TWICE, RESULT, RAIN],
            f"<user>a<assistant>wait<assistant>{ROME}{OSLO}<tool>sunny<tool>rain",
        ),
        (
            OWN_IDS,
            [Turn("user", "a"), CALLED, RESULT],
            f"<user>a<assistant>{IN_WORDS}<user><tool_response>\nsunny\n</tool_response>",
        ),
        (WITH_USER, [Turn("system", "a"), Turn("developer", "b")], "<user>a\n\nb"),
    ],
)
def test_what_a_template_would_lose_is_parted_or_put_in_words(
    source: str, turns: list[Turn], expected: str
) -> None:
    """Parallel calls, text beside calls, foreign ids and missing user messages are shown nevertheless."""
    assert prompt(source, *turns) == expected


@pytest.mark.parametrize("variable", ["tools", "xml_tools"])
def test_tools_by_any_name(variable: str) -> None:
    """Tools are given by the name that the template has for them, and none are none to any template."""
    source = f"{{% for t in {variable} %}}{{{{ t | tojson }}}}{{% endfor %}}{{{{ messages[-1].content }}}}"
    assert prompt(source, Turn("user", "a")) == "a"
    shown = prompt(source, Turn("user", "a"), tools=(TOOL,), tool_use=ToolUse("auto"))
    assert shown.startswith('{"type": "function"')
    assert shown.endswith("}a")


def test_tools_that_a_template_refuses_are_described() -> None:
    """A template that can't take these very tools is told of them in words."""
    source = (
        "{% for t in tools or [] %}{% if t.function.name == 'get_weather' %}{{ raise_exception('no') }}"
        "{% endif %}{{ t | tojson }}{% endfor %}"
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    )
    shown = prompt(source, Turn("user", "a"), tools=(TOOL,), tool_use=ToolUse("auto"))
    assert shown.startswith("<system>You can call these functions")


def test_generation_blocks_are_text() -> None:
    """The marks that training needs in a template don't hide what they enclose."""
    source = "{% for m in messages %}{% generation %}{{ m.content }}.{% endgeneration %}{% endfor %}"
    assert prompt(source, Turn("user", "a"), Turn("assistant", "b")) == "a.b."


@pytest.mark.parametrize(
    ("effort", "is_thinking"),
    [(None, True), ("high", True), ("low", True), ("minimal", False), ("none", False)],
)
def test_effort_switches_thinking(effort: str | None, is_thinking: bool) -> None:
    """A template that can think is told to, unless the effort is none or minimal."""
    written = prompt(THINKING, Turn("user", "a"), reasoning_effort=effort)
    assert written.endswith("<think>") is is_thinking


def test_templates_do_not_know_the_day() -> None:
    """A template that prints the day prints the same one always."""
    written = prompt("{{ strftime_now('%Y-%m-%d') }}{{ messages[0].content }}", Turn("user", "a"))
    assert written == "2025-01-01a"
    assert dt.datetime.now(tz=dt.UTC).year > 2025


def test_broken_template_names_the_model() -> None:
    """A template that isn't Jinja is an error of the model; one that refuses, of the request."""
    with pytest.raises(ModelLoadError, match="of model m isn't valid Jinja"):
        ChatTemplate("{% for", "m")
    with pytest.raises(TemplateError, match="of model test can't take these messages: never"):
        prompt("{{ raise_exception('never') }}", Turn("user", "a"))


def test_templates_are_sandboxed() -> None:
    """A template can't reach Python's inside."""
    with pytest.raises(TemplateError, match="unsafe"):
        prompt("{{ messages.__class__.__mro__ }}", Turn("user", "a"))
