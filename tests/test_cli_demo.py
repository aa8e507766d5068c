"""`fake-llm-server demo`: the README's first command."""

import re

import pytest
from conftest import MODEL

from fake_llm_server._cli import main


def test_demo_shows_an_answer_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the question, a real answer with its figures, and what to do next."""
    assert main(["demo", "--prompt", "Say hello."]) == 0
    said = capsys.readouterr().out
    found = re.search(r"> Say hello\.\n\n(.+?)\n\n(\d+) prompt tokens, (\d+) answered", said, re.DOTALL)
    assert found is not None, said
    assert found[1].strip()
    assert int(found[2]) > 0
    assert 0 < int(found[3]) <= 80
    assert f"fake-llm-server serve {MODEL}" in said
