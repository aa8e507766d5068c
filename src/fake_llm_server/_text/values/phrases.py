"""Free text that a parameter asks for, where the request says which.

A message is what stands after `saying`, a title after `called`, a search's terms after `search for`: such
leads are data, in `words.toml`. A title, a task and a search's terms end before what another parameter has
taken. Where no lead stands, a search's terms are the request without the words that only ask.
"""

import re
from collections.abc import Collection, Sequence

from fake_llm_server._text.values.words import FEW_WORDS, TABLES, VERBS


def _lead(name: str) -> re.Pattern[str]:
    """What opens a phrase: each lead is a regular expression of the table."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(TABLES['leads'][name])})(?!\w)\s*[:=]?\s*", re.IGNORECASE)


def _label(name: str) -> str:
    return "|".join(TABLES["leads"][name])


_SAYING = _lead("message")
_SAID = re.compile(rf"(?<!\w)(?:{_label('message_labels')})\s*[:=]\s*", re.IGNORECASE)
_TITLED = _lead("title")
_SEARCHED = _lead("terms")
_TO_DO = _lead("task")
_RUN = _lead("command")
_PICTURED = _lead("prompt")
_CALCULATE = _lead("expression")
_COMMAND_END = re.compile(
    r"[\s,]*\b(?:in|on|im|in der) (?:the |a |my )?(?:terminal|shell|console|bash)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_ASKING = re.compile(rf"^(?:(?:{_label('asking')})[,\s]+)+", re.IGNORECASE)
_POLITE_END = re.compile(rf"[,\s]*(?:{_label('polite')})?[\s.!?]*$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=\w)[.!?](?:\s|$)|\n|;")
_TITLE_END = re.compile(
    rf"\s*(?:[.!?;\n,]|(?<!\w)(?:{_label('title_ends')})(?!\w)).*", re.IGNORECASE | re.DOTALL
)
_TO_DO_END = re.compile(
    rf"\s*(?:[.!?;\n]|(?<!\w)(?:{_label('task_ends')})(?!\w)).*", re.IGNORECASE | re.DOTALL
)
_OPERATORS = (
    (r"\bmultiplied by\b|\btimes\b|\bmal\b|\bpor\b|\bfois\b|\u00d7|(?<=\d)\s*x\s*(?=\d)", " * "),
    (r"\bdivided by\b|\bover\b|\bgeteilt durch\b|\bentre\b|\bdivisé par\b|\u00f7", " / "),
    (r"\bplus\b|\badded to\b|\bmás\b", " + "),
    (r"\bminus\b|\bmenos\b|\bmoins\b", " - "),
    (r"\bto the power of\b|\bhoch\b", "**"),
    (r"\bsquared\b", "**2"),
)

Span = tuple[int, int]


def find_message(text: str) -> str | None:
    """What is to be said."""
    match = _SAYING.search(text) or _SAID.search(text)
    return _bare(text[match.end() :]) if match else None


def find_title(text: str, taken: Sequence[Span] = ()) -> str | None:
    """What something is to be called."""
    match = _TITLED.search(text)
    return _bare(_TITLE_END.sub("", _cut(text, match.end(), taken))) if match else None


def find_task(text: str, taken: Sequence[Span] = ()) -> str | None:
    """What is to be done, or put on a list."""
    match = _TO_DO.search(text)
    return _bare(_TO_DO_END.sub("", _cut(text, match.end(), taken))) if match else None


def find_after_colon(text: str, taken: Sequence[Span] = ()) -> str | None:
    """What a request gives after a colon."""
    match = re.search(r"(?<=[^\W\d]):\s+", text)
    return _bare(_SENTENCE_END.split(_cut(text, match.end(), taken), maxsplit=1)[0]) if match else None


def find_command(text: str) -> str | None:
    """What is to be run."""
    match = _RUN.search(text)
    if match is None:
        return None
    line = text[match.end() :].split("\n", 1)[0]
    return _bare(_COMMAND_END.sub("", line))


def find_terms(text: str, taken: Sequence[Span] = ()) -> str | None:
    """What is to be looked for: what the request names, without the words that only ask."""
    lead = _PICTURED.search(text) or _SEARCHED.search(text)
    if lead:
        rest = _SENTENCE_END.split(_cut(text, lead.end(), taken), maxsplit=1)[0]
        found = _bare(_POLITE_END.sub("", rest))
        if found:
            return found
    line = _cut(text, 0, taken).strip().split("\n", 1)[0]
    words = _POLITE_END.sub("", _ASKING.sub("", line)).split()
    while words and words[0].lower().strip(",'\u2019s") in FEW_WORDS:
        words.pop(0)
    return _bare(" ".join(words))


def find_named_thing(text: str, things: Collection[str]) -> str | None:
    """The capitalized words that stand right after a word for what is named, as in `a meeting Planning`."""
    for match in re.finditer(r"([^\W\d_]+) (?=([A-ZÀ-Þ][\w-]*(?: [A-ZÀ-Þ][\w-]*)*))", text):
        if match[1].lower() in things and match[1].lower() not in FEW_WORDS:
            return match[2]
    return None


def find_labelled(text: str, labels: Sequence[str]) -> str | None:
    """The word that stands right after a parameter's own, as in `table customers` or `room: kitchen`."""
    for label in labels:
        pattern = (
            rf"(?<!\w){re.escape(label)}s?(?: (?:is|named|called|of)|:|=)? ?[\"']?(?P<word>[\w@#./-]*\w)"
        )
        for match in re.finditer(pattern, text, re.IGNORECASE):
            word = match["word"].lower()
            if word not in FEW_WORDS and word not in VERBS and match.end("word") > match.start("word"):
                return match["word"]
    return None


def find_expression(text: str) -> str | None:
    """A calculation that is written in words, in signs."""
    match = _CALCULATE.search(text)
    spoken = _POLITE_END.sub("", text[match.end() :] if match else text)
    spoken = re.split(r"[?!\n]|\.\s", spoken, maxsplit=1)[0]
    root = re.search(r"square root of (\d[\d.]*)", spoken, re.IGNORECASE)
    if root:
        return f"sqrt({root[1]})"
    share = re.search(r"(\d[\d.]*)\s?(?:%|percent|prozent) (?:of|von|de) (\d[\d.]*)", spoken, re.IGNORECASE)
    if share:
        return f"{share[1]} / 100 * {share[2]}"
    for pattern, sign in _OPERATORS:
        spoken = re.sub(rf"\s*(?:{pattern})\s*", sign, spoken, flags=re.IGNORECASE)
    found = re.search(r"[\d(][\d\s.()+*/-]*[\d)]", spoken)
    return found.group().strip() if found and re.search(r"\d\s*[-+*/]", found.group()) else None


def _cut(text: str, start: int, taken: Sequence[Span]) -> str:
    """A text from `start` up to what is taken, without the little words before that."""
    end = min((first for first, last in taken if last > start), default=len(text))
    if end <= start:
        return text[start:]
    found = text[start:end]
    if end == len(text):
        return found
    words = found.rstrip(" ,;(-").split(" ")
    while len(words) > 1 and (words[-1].lower() in FEW_WORDS or words[-1].lower() in _BEFORE_VALUES):
        words.pop()
    return " ".join(words)


_BEFORE_VALUES = frozenset(" ".join(TABLES["leads"]["before_values"]).split())


def _bare(text: str) -> str | None:
    """A phrase without the marks around it, or None where nothing is left."""
    found = text.strip().strip("\"\u201c\u201d\u201e\u00ab\u00bb'`").strip(" ,;:")
    return found if found.endswith(("...", "?")) else found.rstrip(".! ") or None
