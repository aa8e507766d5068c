"""A value as JSON, in the form that its parameter asks for."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from fake_llm_server._text.values.found import Value
from fake_llm_server._text.values.parameters import Parameter
from fake_llm_server._text.values.words import (
    CURRENCY_OF,
    LANGUAGES,
    MONTHS,
    RELATIVE_DAYS,
    SECONDS,
    WEEKDAYS,
    plain,
)

_ISO_DATE = re.compile(r"yyyy.mm.dd|iso.?8601|iso date", re.IGNORECASE)
_CLOCK = re.compile(r"hh:mm|24.?h", re.IGNORECASE)
_CODE = re.compile(
    r"\bcode|iso|639|4217|(?:two|three).letter|e\.g\.,? ?['\"]?(?:[A-Z]{3}|[a-z]{2})\b", re.IGNORECASE
)
_LENGTH = re.compile(
    r"\s?-?(sec(?:ond)?s?|min(?:ute)?s?|hours?|h|days?|weeks?|minuten?|stunden?|sekunden?)\b"
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of the day of the conversation; the clock is never asked.

    Attributes:
        today: as the conversation says it, or None.
    """

    today: date | None = None


def convert(parameter: Parameter, value: Value, calendar: Calendar) -> object:
    """A value as JSON for a parameter, or None where it can't be written in the form that is asked for."""
    if parameter.kind in ("integer", "number"):
        return _convert_number(parameter, value)
    concept = parameter.concept.name if parameter.concept else ""
    if value.kind in ("date", "instant", "time"):
        return _convert_moment(parameter, value, calendar)
    if concept == "currency" and value.text.lower() in CURRENCY_OF:
        return CURRENCY_OF[value.text.lower()]
    if concept == "language" and (
        _CODE.search(parameter.description) or parameter.schema.get("maxLength") == len("en")
    ):
        return LANGUAGES.get(value.text.lower())
    if concept == "person" and value.kind == "name" and parameter.part is not None:
        return _name_part(value.text, parameter.part)
    if value.kind == "lower" and concept in ("place", "country", "person") and parameter.is_proper:
        return value.text.title()
    return value.text


def _name_part(name: str, part: str) -> str | None:
    """The first name, or what comes after it."""
    first, _, last = name.partition(" ")
    return first if part == "first" else last or None


def _convert_number(parameter: Parameter, value: Value) -> int | float | None:
    if value.number is None:
        return int(value.text) if value.text.isdigit() else None
    number = _convert_length(parameter, value, value.number)
    return int(number) if float(number).is_integer() else number


def _convert_length(parameter: Parameter, value: Value, number: float) -> int | float:
    """Minutes where a parameter is named after them and the request says hours, and so on."""
    match = _LENGTH.match(value.after)
    wanted = next((SECONDS[word] for word in parameter.words if word in SECONDS), None)
    return number if match is None or wanted is None else number * SECONDS[match[1]] / wanted


def _convert_moment(parameter: Parameter, value: Value, calendar: Calendar) -> str | None:
    form = parameter.schema.get("format")
    wants_iso = form in ("date", "date-time") or _ISO_DATE.search(parameter.description) is not None
    if value.kind == "time" or form == "time":
        wants_clock = form == "time" or _CLOCK.search(parameter.description) is not None
        clock = read_time(value.text)
        if not wants_clock or clock is None:
            return value.text
        return f"{clock}:00Z" if form == "time" else clock
    if not wants_iso:
        return value.text
    day = read_date(value.text, calendar)
    if day is None:
        return None if form else value.text
    concept = parameter.concept.name if parameter.concept else ""
    if form == "date" or (form is None and concept == "date"):
        return day.isoformat()
    clock = read_time(re.sub(r"\d{4}-\d{2}-\d{2}", " ", value.text)) or (
        "00:00" if form == "date-time" else None
    )
    if clock is None:
        return day.isoformat()
    return f"{day.isoformat()}T{clock}:00{'Z' if form == 'date-time' else ''}"


def read_time(text: str) -> str | None:
    """A time of the day as `HH:MM`."""
    lowered = text.lower()
    if re.search(r"\bnoon\b|\bmittags?\b", lowered):
        return "12:00"
    if re.search(r"\bmidnight\b|\bmitternacht\b", lowered):
        return "00:00"
    match = re.search(r"\b(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s?(?:(a|p)\.?m\b|uhr|h\b)", lowered)
    match = match or re.search(r"\b(\d{1,2}):(\d{2})()", lowered)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    try:
        return time(hour, minute).isoformat("minutes")
    except ValueError:
        return None


def read_date(text: str, calendar: Calendar) -> date | None:
    """A day that a text names, if it can be told without the clock."""
    lowered = plain(text.replace("-", "/"))
    match = re.search(r"(\d{4})/(\d{1,2})/(\d{1,2})", lowered)
    if match:
        return _day(int(match[1]), int(match[2]), int(match[3]))
    match = re.search(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?", lowered)
    if match:
        return _day(int(match[3]) if match[3] else _year(calendar), int(match[2]), int(match[1]))
    match = re.search(r"(\d{1,2})/(\d{1,2})/(\d{4})", lowered)
    if match:
        return _day(int(match[3]), int(match[1]), int(match[2]))
    month = next((MONTHS[word] for word in re.findall(r"[^\W\d_]+", lowered) if word in MONTHS), None)
    if month is not None:
        year = re.search(r"\b(\d{4})\b", lowered)
        day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th|\.)?(?!\d|:)", lowered)
        return _day(int(year[1]) if year else _year(calendar), month, int(day[1])) if day else None
    return _relative(lowered, calendar)


def _relative(text: str, calendar: Calendar) -> date | None:
    if calendar.today is None:
        return None
    for words, days in sorted(RELATIVE_DAYS.items(), key=lambda each: -len(each[0])):
        if re.search(rf"\b{re.escape(words)}\b", text):
            return calendar.today + timedelta(days)
    match = re.search(r"in (\d{1,3}) (day|week|tag|woche)", text)
    if match:
        return calendar.today + timedelta(int(match[1]) * (7 if match[2] in ("week", "woche") else 1))
    weekday = next((WEEKDAYS[word] for word in text.split() if word in WEEKDAYS), None)
    if weekday is None:
        return None
    return calendar.today + timedelta((weekday - calendar.today.weekday() - 1) % 7 + 1)


def _year(calendar: Calendar) -> int | None:
    return calendar.today.year if calendar.today else None


def _day(year: int | None, month: int, day: int) -> date | None:
    try:
        return None if year is None else date(year, month, day)
    except ValueError:
        return None
