"""How plainly each of the offered tools serves a text.

A tool's score is a sum over what text and tool share. Each part counts by where the tool has it (see
`tool_words`): in its name 1, in its description 0.7, among its parameters 0.4.

| part | counts |
| --- | --- |
| a word, without its ending | fully; 0.3 of it for a word that stands in many texts |
| a thing or an action that both mean, by other words (`meanings`) | 0.85 of it; an action 0.3 of that |
| a word that is spelled much alike, such as one with a typo | what they share of their triples of letters |
| a kind of value that stands in the text and that the tool takes | by its kind, see `_BY_KIND` |
| a required value by its form, such as an address, of which the text has none | -0.2 |
| the text begins with the verb that the tool's name begins with, or one that means it | 0.35, or 0.2 |
| the tool's name as it is; the wish that a tool be used | 2; 1 |
| a question, for a tool that answers such ones (`sources`) | 1.4 |

That is the evidence that a tool serves. For the choice among several, what they all share tells nothing:
there a part counts the less the more tools have it, and common words count fully. There a question, or a wish
to see something, prefers tools that only look something up, by the verb that their names begin with, to those
that do something. And the share of a name's words that the text has counts 0.6.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fake_llm_server._seam import Tool
from fake_llm_server._text.tool_choice.meanings import ACTIONS, COMMON, DOING, LOOKING, THINGS
from fake_llm_server._text.tool_choice.small_talk import asks, opening_verb, wants_any_tool
from fake_llm_server._text.tool_choice.sources import find_source, find_sources_wanted
from fake_llm_server._text.tool_choice.tool_words import ToolWords
from fake_llm_server._text.tool_choice.value_kinds import find_kinds
from fake_llm_server._text.tool_choice.words import likeness, plain_words, spell_out, split_words

_COMMON, _MEANT, _ACTION = 0.3, 0.85, 0.3
_ALIKE = 0.6
_LEAST_ALIKE_LETTERS = 4
_NAMED = 2.0
_ANY_TOOL = 1.0
_SOURCE = 1.4
_MISSING = -0.2
_BY_KIND = {
    "email": 0.5,
    "url": 0.5,
    "path": 0.5,
    "sql": 1.0,
    "expression": 0.7,
    "phone": 0.5,
    "id": 0.4,
    "code": 0.4,
}
_OTHER_KIND = 0.15
_VERB, _VERB_MEANT = 0.35, 0.2
_MOOD = 0.25
_COVERED = 0.6
_FORMAL = frozenset({"email", "url", "phone", "number"})
MAX_WORDS = 120
"""Of a text that are compared."""

MAX_SPELLED = 1_500
"""Words of all tools, above which words aren't compared by their spelling."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a tool serves a text.

    Attributes:
        evidence: that it serves at all.
        rank: beside the other tools.
    """

    tool: Tool
    evidence: float
    rank: float


def compare(text: str, tools: Sequence[ToolWords]) -> list[Likeness]:
    """How well each tool serves a text, the best first; of equal ones the first that was offered."""
    words = list(dict.fromkeys(split_words(spell_out(text))))[:MAX_WORDS]
    wanted = find_sources_wanted(text)
    any_tool = _ANY_TOOL if wants_any_tool(text) else 0.0
    kinds = find_kinds(text)
    has_spelling = sum(len(tool.weights) for tool in tools) <= MAX_SPELLED
    verb = opening_verb(text)
    parts = [_parts(words, kinds, tool, has_spelling=has_spelling) for tool in tools]
    for tool, found in zip(tools, parts, strict=True):
        found.update(_verb_part(verb, tool.tool.name))
    _weaken_meant(parts)
    is_looking = asks(text) or verb in LOOKING
    counts = Counter(name for found in parts for name in found)
    plain_text = " ".join(plain_words(text))
    likenesses = []
    for tool, found in zip(tools, parts, strict=True):
        named = _NAMED if _is_named(tool.tool.name, plain_text, text) else any_tool
        if wanted and find_source(tool.tool, tool.weights) in wanted:
            named += _SOURCE
        evidence = sum(weight * _share(name) for name, weight in found.items()) + named
        rank = sum(weight * _rarity(counts[name], len(tools)) for name, weight in found.items()) + named
        rank += _COVERED * _cover(tool.tool.name, found) + (_mood(tool.tool.name) if is_looking else 0.0)
        likenesses.append(Likeness(tool.tool, evidence, rank))
    return sorted(likenesses, key=lambda each: -each.rank)


def _parts(
    words: Sequence[str], kinds: frozenset[str], tool: ToolWords, *, has_spelling: bool
) -> dict[str, float]:
    """What text and tool share, with how much it counts."""
    found: dict[str, float] = {}
    said = [word for word in words if word in tool.weights]
    found.update({f"word:{word}": tool.weights[word] for word in said})
    counted = {group for word in said for group in THINGS.get(word, ())}
    for word in words:
        if word in tool.weights:
            continue
        meant = [group for group in (*THINGS.get(word, ()), *ACTIONS.get(word, ())) if group in tool.groups]
        for group in meant:
            if group not in counted:
                found[f"{group}:{word}"] = _MEANT * tool.groups[group]
                counted.add(group)
        if not meant and has_spelling:
            _add_alike(found, word, tool)
    for kind, is_required in tool.kinds.items():
        if kind in kinds or (kind == "id" and "number" in kinds):
            found[f"kind:{kind}"] = _BY_KIND.get(kind, _OTHER_KIND)
        elif is_required and kind in _FORMAL:
            found[f"missing:{kind}"] = _MISSING
    return found


def _add_alike(found: dict[str, float], word: str, tool: ToolWords) -> None:
    if len(word) < _LEAST_ALIKE_LETTERS or word in COMMON:
        return
    alike = [
        (how_much * weight, other)
        for other, weight in tool.weights.items()
        if len(other) >= _LEAST_ALIKE_LETTERS and (how_much := likeness(word, other)) >= _ALIKE
    ]
    if alike:
        weight, other = max(alike)
        found[f"word:{other}"] = max(found.get(f"word:{other}", 0.0), weight)


def _share(name: str) -> float:
    """How much a part proves: common words and actions little."""
    if name.startswith("action:"):
        return _ACTION
    return _COMMON if name.removeprefix("word:") in COMMON else 1.0


def _rarity(count: int, num_tools: int) -> float:
    """1 for what one tool has, near 0 for what all have."""
    return 1.0 if num_tools == 1 else math.log((num_tools + 0.5) / count) / math.log(num_tools + 0.5)


def _is_named(name: str, plain_text: str, text: str) -> bool:
    """Whether a text has a tool's name as it is; a single word must stand in marks or beside `tool`."""
    words = plain_words(name)
    if len(words) > 1:
        return " ".join(words) in plain_text and name in text
    return any(f"{mark}{name}{mark}" in text for mark in ("`", '"', "'")) or f"{name} tool" in text


def _weaken_meant(parts: Sequence[dict[str, float]]) -> None:
    """Let a meaning count half where another tool has the very word."""
    words = {name.removeprefix("word:") for found in parts for name in found if name.startswith("word:")}
    for found in parts:
        for name in found:
            if name.startswith(("thing:", "action:")) and name.rpartition(":")[2] in words:
                found[name] /= 2


def _verb_part(verb: str | None, name: str) -> dict[str, float]:
    """What the verb that a text begins with shares with the one that a tool's name begins with."""
    first = next(iter(split_words(name)), None)
    if verb is None or first is None:
        return {}
    if verb == first:
        return {f"verb:{first}": _VERB}
    is_meant = not ACTIONS.get(verb, frozenset()).isdisjoint(ACTIONS.get(first, frozenset()))
    return {f"verb:{first}": _VERB_MEANT} if is_meant else {}


def _mood(name: str) -> float:
    """Whether a tool looks something up or does something, by its name's first word."""
    first = next(iter(split_words(name)), "")
    return _MOOD if first in LOOKING else -_MOOD if first in DOING else 0.0


def _cover(name: str, found: Mapping[str, float]) -> float:
    """The share of a name's words that a text has."""
    words = split_words(name)
    return sum(f"word:{word}" in found for word in words) / len(words) if words else 0.0
