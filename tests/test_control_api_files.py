"""Script files in each format: they say the same, and what is wrong in one is told with its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from fake_llm_server import ConfigurationError, reply
from fake_llm_server._control_api.files.script_file import read_script_file

GOOD = {
    "a.yaml": """
        # Comments are fine.
        strict: true
        script:
          - It is sunny.
          - {status: 429, retry_after: 1}
        when:
          - user: news
            then: None.
        scopes:
          sk-a:
            script: [~]
        """,
    "a.toml": """
        strict = true
        script = ["It is sunny.", {status = 429, retry_after = 1}]
        [[when]]
        user = "news"
        then = "None."
        [scopes.sk-a]
        script = ["..."]
        """,
    "a.json": """
        {"strict": true, "script": ["It is sunny.", {"status": 429, "retry_after": 1}],
         "when": [{"user": "news", "then": "None."}], "scopes": {"sk-a": {"script": [null]}}}
        """,
}

BAD: list[tuple[str, str, list[str]]] = [
    ("a.yaml", "script:\n- a\n- tol: b\n", ["3: script[1].tol: there is no such key; did you mean tool?"]),
    ("a.yaml", "script: [a,\n  3]\n", ["2: script[1]: The status of an error is from 400 to 599; it was 3."]),
    ("a.yaml", "when:\n\n- user: a\n", ["3: when[0].then: is missing."]),
    ("a.yaml", "script:\n- a\nscript:\n- b\n", ["3: it is no YAML: 'script' stands twice in one mapping."]),
    ("a.yaml", "script: [a\n", ["2: it is no YAML: "]),
    ("a.yaml", "script: !!python/name:os.system\n", ["1: it is no YAML: could not determine a constructor"]),
    ("a.yaml", "- a\n", ["1: must be an object with strict, "]),
    ("a.yaml", "script:\n- text: 2024-01-01\n", ["2: script[0].text: must be a text; it was datetime.date"]),
    (
        "a.toml",
        'strict = 1\n\n# more\nscript = [\n  "a",\n  3,\n]\n[[when]]\nuser = "a"\n[[when]]\nthen = "b"\n',
        ["1: strict: must be true", "4: script[1]: The status", "8: when[0].then: is missing."],
    ),
    ("a.toml", "[scopes.sk-a]\nscirpt = []\n", ["2: scopes.sk-a.scirpt: there is no such key; did you mean"]),
    ("a.toml", "strict = true\nscript = \n", ["2: it is no TOML: "]),
    ("a.json", '{"script": [\n"a",\n\t{"tol": 1}\n]}', ["3: script[1].tol: there is no such key"]),
    ("a.json", '{"script":\n[}', ["2: it is no JSON: "]),
    ("a.json", '{"script": [], "script": []}', [": 'script' stands twice in one object."]),
    ("a.json", "[" * 100_000, [": it is nested too deeply."]),
    ("a.txt", "", [": a script file is named *.yaml, *.yml, *.json, *.toml."]),
]
"""A file's name, its text, and how the lines of the error begin after the name."""


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("name", GOOD)
def test_formats_say_the_same(tmp_path: Path, name: str) -> None:
    """YAML, TOML and JSON are read as the same replies and rules."""
    read = read_script_file(write(tmp_path, name, GOOD[name]))
    assert read.strict
    assert read.script == [reply("It is sunny."), reply(429, retry_after=1)]
    assert [repr(rule) for rule in read.when] == ["when(user='news').then('None.')"]
    assert read.scopes["sk-a"].script == [reply()]


@pytest.mark.parametrize(("name", "text", "begins"), BAD, ids=[f"{each[0]}-{each[1][:24]}" for each in BAD])
def test_faults_are_told_with_their_line(tmp_path: Path, name: str, text: str, begins: list[str]) -> None:
    """File, line, path and reason; a line for each fault, and without a line where none is known."""
    file = write(tmp_path, name, text)
    with pytest.raises(ConfigurationError) as caught:
        read_script_file(file)
    told = str(caught.value).splitlines()
    assert len(told) == len(begins)
    for line, begin in zip(told, begins, strict=True):
        place = line.removeprefix(str(file)).removeprefix(":")
        assert place.startswith(begin.removeprefix(":")), line


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It says which, and why."""
    with pytest.raises(ConfigurationError, match=r"none\.yaml: it can't be read: No such file"):
        read_script_file(tmp_path / "none.yaml")
    binary = tmp_path / "a.yaml"
    binary.write_bytes(b"script: [\xff]")
    with pytest.raises(ConfigurationError, match=r"a\.yaml: it isn't UTF-8"):
        read_script_file(binary)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    """Nor does one of comments."""
    assert read_script_file(write(tmp_path, "a.yaml", "# later\n")).script == []
    assert read_script_file(write(tmp_path, "a.toml", "")).scopes == {}


def test_aliases_of_yaml_are_read(tmp_path: Path) -> None:
    """A value may be used again, and a mapping be merged; one that is in itself is refused."""
    text = "script: [&a {text: b, reasoning: c}, *a, {<<: *a, reasoning: d}]\n"
    read = read_script_file(write(tmp_path, "a.yaml", text))
    assert read.script == [reply("b", reasoning="c")] * 2 + [reply("b", reasoning="d")]
    with pytest.raises(ConfigurationError, match=r"a\.yaml"):
        read_script_file(write(tmp_path, "a.yaml", "script: &a [{choices: *a}]\n"))


def test_long_values_are_read(tmp_path: Path) -> None:
    """What a program would write, in one line of JSON."""
    document: dict[str, Any] = {"script": [{"json": {"a": ["x" * 100] * 100}}] * 20}
    read = read_script_file(write(tmp_path, "a.json", json.dumps(document)))
    assert len(read.script) == 20
