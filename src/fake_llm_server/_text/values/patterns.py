"""Patterns of values that are recognised by their form."""

import re

from fake_llm_server._text.values.words import MONTHS, NUMBER_WORDS, RELATIVE_DAYS, WEEKDAYS


def _any_of(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload] # a mapping's keys


_MONTH = rf"(?:{_any_of(MONTHS)})\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.)?"
_SHORT_DAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
_WEEKDAY = rf"(?:{_any_of(word for word in WEEKDAYS if word not in _SHORT_DAYS)})"
_NEXT = r"(?:next|this|coming|last|nächsten?|nächste[rs]?|kommenden?|diesen?|prochain|próximo)"
_PERIOD = r"(?:week|weekend|month|year|quarter|morning|afternoon|evening|woche|wochenende|monat|jahr)"
_DATES = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{4}/\d{1,2}/\d{1,2}",
    r"\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})",
    r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?",
    rf"{_MONTH} {_DAY}(?:,? \d{{4}})?(?![\d:])",
    rf"{_DAY} (?:of |de )?{_MONTH}(?:,? (?:de )?\d{{4}})?",
    rf"{_MONTH} \d{{4}}",
    rf"{_NEXT} (?:{_WEEKDAY}|{_PERIOD})",
    _any_of(RELATIVE_DAYS),
    _WEEKDAY,
    r"in \d{1,3} (?:days|weeks|months|hours|minutes|tagen|wochen)",
)
_TIMES = (
    r"\d{1,2}[:.]\d{2}(?::\d{2})? ?[ap]\.?m\b\.?",
    r"\d{1,2}:\d{2}(?::\d{2})?(?: uhr)?",
    r"\d{1,2} ?[ap]\.?m\b\.?",
    r"\d{1,2}(?:[.:]\d{2})? uhr",
    r"\d{1,2}h(?:\d{2})?",
    r"noon|midnight|mittags?|mitternacht",
)
_DATE, _TIME = "|".join(_DATES), "|".join(_TIMES)

_STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Square|Place|Court|Parkway)"

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("fence", re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)),
    ("code", re.compile(r"(?<!`)`([^`\n]+)`(?!`)")),
    ("url", re.compile(r"\b(?:https?|ftp|wss?|s3|file)://[^\s<>\"'`)\]}]+[^\s<>\"'`)\]}.,;:!?]")),
    ("email", re.compile(r"\b[\w.+%-]+@[\w-]+(?:\.[\w-]+)+\b")),
    ("uuid", re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")),
    (
        "quote",
        re.compile(
            r"\"([^\"\n]+)\"|[“„]([^”“\n]+)[”“]|«\s?([^»\n]+?)\s?»|「([^」\n]+)」|(?<![\w'])'([^'\n]+(?:'[a-z][^'\n]*)*)'(?!\w)"
        ),
    ),
    (
        "path",
        re.compile(
            r"(?<![\w/.:@])(?:(?:~|\.{1,2})?/[\w.@*+-]+(?:/[\w.@*+-]+)*/?|[A-Za-z]:\\[\w.\\-]+|[\w-]+(?:/[\w.*-]+)+"
            r"|[\w-]+(?:\.[\w-]+)*\.(?:txt|csv|tsv|pdf|py|js|ts|tsx|json|ya?ml|toml|md|rst|docx?|xlsx?|pptx?|png|jpe?g|gif"
            r"|svg|html?|css|xml|sql|sh|log|zip|tar|gz|db|ini|cfg|conf|c|h|cpp|rs|go|java|rb|mp[34]|wav|parquet|env|lock))"
            r"(?<![.,])(?![\w/])"
        ),
    ),
    (
        "domain",
        re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|de|uk|fr|eu|edu|gov|ai|co|app)\b(?:/\S*\w)?"),
    ),
    ("ip", re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")),
    (
        "instant",
        re.compile(r"\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"),
    ),
    (
        "instant",
        re.compile(
            rf"(?<!\w)(?:{_DATE})(?:,| at| um| à| a las)? (?:at |um )?(?:{_TIME})(?!\w)", re.IGNORECASE
        ),
    ),
    (
        "instant",
        re.compile(rf"(?<!\w)(?:{_TIME}) (?:on |am |le )?(?:{_DATE})(?!\w)", re.IGNORECASE),
    ),
    ("date", re.compile(rf"(?<![\w/.-])(?:{_DATE})(?![\w/])", re.IGNORECASE)),
    ("time", re.compile(rf"(?<![\w:.])(?:{_TIME})(?![\w:])", re.IGNORECASE)),
    (
        "phone",
        re.compile(r"(?<![\w.])(?:\+\d[\d ()/.-]{6,18}\d|\(?\d{3}\)?[ .-]\d{3}[ .-]?\d{4})(?!\w|\.\d)"),
    ),
    (
        "street",
        re.compile(
            rf"\b\d{{1,5}}[A-Za-z]?,? (?:rue|calle|via|avenue|boulevard) [^,\n]{{2,40}}?(?=,|\n|\.|$)"
            rf"|\b\d{{1,5}}[A-Z]? (?:[A-Z][\w'.]* ){{1,4}}{_STREET}\b"
            rf"|\b(?:Calle|Via|Rue|Avenida) [A-ZÀ-Þ][\w ]{{2,30}}?,? \d{{1,4}}\b"
            rf"|\b[A-ZÄÖÜ][\w-]+(?:straße|strasse|str\.|weg|platz|allee|gasse) \d{{1,4}}[a-z]?\b"
        ),
    ),
    (
        "postcode",
        re.compile(r"\b[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}\b|(?<=[A-Z]{2} )\d{5}\b|\b\d{5}(?= [A-ZÄÖÜ])"),
    ),
    ("colour", re.compile(r"#[0-9a-fA-F]{6}\b")),
    (
        "id",
        re.compile(
            r"(?<![\w./-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z_])(?!\d+(?:st|nd|rd|th|am|pm|k|m|x|h|[a-z]{1,3})\b)"
            r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*(?![\w])"
        ),
    ),
    ("hash", re.compile(r"(?<!\w)#(\d+)\b")),
    ("handle", re.compile(r"(?<!\w)@([A-Za-z_]\w+)")),
    ("tag", re.compile(r"(?<!\w)#([A-Za-z_]\w+)")),
    (
        "symbol",
        re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+(?:[A-Z][a-z0-9]+)+\b|\b[a-z]+(?:-[a-z]+){2,}\b"),
    ),
    ("capitals", re.compile(r"\b[A-Z]{2,5}\b")),
)
"""Kinds in the order in which they are looked for. Where the first ones stand, later ones aren't seen."""

MASKING = frozenset(
    {"fence", "url", "email", "uuid", "path", "domain", "ip", "date", "time", "phone", "id", "hash"}
    | {"colour", "street", "postcode"}
)
"""Kinds whose parts are no values of their own."""

NUMBER = re.compile(
    r"(?<![\w.,])(?:(?<=\s)-|^-|(?<=[(=:])-)?(?P<sign>[$€£¥₹])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d{3}){2,}|\d+(?:[.,]\d+)?)"
    r"(?:\s?(?P<magnitude>k|thousand|tausend|million|millionen|billion)\b)?(?=[^\w]|[a-zA-Z°µ]{1,3}\b|$)"
)
WORD_NUMBER = re.compile(
    rf"\b(?:{_any_of(NUMBER_WORDS)})(?:[ -](?:{_any_of(NUMBER_WORDS)}))*\b", re.IGNORECASE
)

THING = re.compile(
    rf"(?:(?<![\w.,])\d{{1,4}}|\b(?:{_any_of(NUMBER_WORDS)})) ?(?:x|\u00d7)? (?:of |pieces of |bottles of )?"
    rf"(?P<thing>[a-zà-ÿ'-]{{3,}}(?: [a-zà-ÿ'-]{{3,}})?)",
    re.IGNORECASE,
)

_NAME_WORD = r"[A-ZÀ-ÖØ-Þ][\w'\u2019]*(?:-[A-ZÀ-ÖØ-Þa-z][\w'\u2019]*)*\.?"
NAME = re.compile(
    rf"(?<![\w@#/'\u2019]){_NAME_WORD}"
    rf"(?: (?:(?:de|del|la|van|von|der|da|di|of|the|am|au|do|dos) ){{0,2}}{_NAME_WORD})*"
)
CHIEF_OF = re.compile(r"^[A-Z]{2,} of ")
AFTER_PREPOSITION = re.compile(
    r"\b(in|for|at|near|to|from|of|nach|für|von|à|en|pour|de|para|with|mit)\s+"
    r"(?:(?:the|my|our|der|die|das|dem|la|el|le) )?([a-zà-ÿ'-]+(?: [a-zà-ÿ'-]+){0,2})"
)
CJK_TOPIC = re.compile(r"([\u4e00-\u9fff\u30a0-\u30ffー]{2,6}?)(?:的|の|市)")

_FUNCTION = r"(?:sqrt|sin|cos|tan|log|ln|exp|abs)"
_OPERAND = (
    r"(?:\d+(?:[.,]\d+)*%?|\((?:[^()\n]|\([^()\n]*\))*\)"
    rf"|(?:{_FUNCTION}|pi|e)\b(?:\([^()\n]*\))?)"
)
EXPRESSION = re.compile(
    rf"(?<![\w.])-?{_OPERAND}(?:\s*(?:\*\*|[-+*/^%\u00d7\u00f7x·])\s*-?{_OPERAND})+"
    rf"|{_FUNCTION}\([^()\n]+\)"
)
SQL = re.compile(
    r"\b(?:SELECT\b.+?\bFROM\b|INSERT INTO\b|UPDATE\b.+?\bSET\b|DELETE FROM\b|CREATE TABLE\b|DROP TABLE\b"
    r"|WITH\b.+?\bAS \()[^\n`\"]*",
    re.DOTALL,
)
