"""Words that mean much the same where tools are concerned, from `words.toml`.

A group is a thing or an action that tools are made for. A word may be in several groups.
"""

from fake_llm_server._text.tool_choice.words import WORDS, plain_words, stem


def _read_groups(kind: str) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for line in WORDS[f"{kind}s"].strip().splitlines():
        name = f"{kind}:{line.split()[0]}"
        for word in plain_words(line):
            groups.setdefault(stem(word), set()).add(name)
    return {word: frozenset(names) for word, names in groups.items()}


def _read_stems(name: str) -> frozenset[str]:
    return frozenset(stem(word) for word in plain_words(WORDS[name]))


THINGS = _read_groups("thing")
"""From a word to the things that it may mean."""

ACTIONS = _read_groups("action")
"""From a word to the actions that it may mean."""

COMMON = _read_stems("common")
"""Words that stand in many requests and descriptions, so that they prove little."""

LOOKING = _read_stems("looking")
"""Verbs of tools that look something up."""

DOING = _read_stems("doing")
"""Verbs of tools that do something."""
