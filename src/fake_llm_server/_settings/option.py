"""How a setting is declared: once, as an annotated field of a frozen dataclass.

    port: Annotated[int, Ge(0), Le(65535), Option("server", "TCP port; 0 takes a free one")] = 0

The flag, the environment variable, the key in a TOML file, the check of the Python argument, the type that
editors show and the row in the docs are all made from this line. pydantic-settings has such sources as well;
its errors don't say which source a value came from, and the engine, which has settings, knows no Pydantic.
"""

from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le

Section = Literal["models", "server", "access", "limits", "engine", "answers"]
VARIABLE_PREFIX = "FAKE_LLM_SERVER_"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Option:
    """What is said of a setting, wherever it can be set.

    Attributes:
        section: under which it is listed.
        text: what it does, in Markdown; links are left out of the command line's help.
        unset: what None, or an empty collection, stands for.
        flag: of the command line; None makes it of the name.
        served: the default of `serve`, where it isn't the one of Python.
    """

    section: Section
    text: str
    unset: str = ""
    flag: str | None = None
    served: Any = None


@dataclass(frozen=True, slots=True)
class Matches:
    """A bound of a string, or of each string in a collection.

    Attributes:
        pattern: a regular expression that the whole string must match.
        expected: what to say it must be.
    """

    pattern: str
    expected: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A declared field.

    Attributes:
        kind: `int`, `float`, `bool`, `str`, `Path`, `Literal`, or `tuple` or `Mapping` of strings.
        choices: of a `Literal`.
        is_optional: whether None may be given.
        bounds: of a number.
    """

    name: str
    kind: Any
    choices: tuple[str, ...]
    is_optional: bool
    default: Any
    bounds: tuple[Ge | Gt | Le, ...]
    matches: Matches | None
    option: Option

    @property
    def flag(self) -> str:
        """The command line's name for it."""
        return self.option.flag or f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """The environment's name for it."""
        return VARIABLE_PREFIX + self.name.upper()

    @property
    def default_text(self) -> str:
        """The default as people read it."""
        if self.default is None or self.default in ((), {}):
            return self.option.unset
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        if isinstance(self.default, tuple):
            return ", ".join(self.default)
        if self.name.endswith("_bytes"):
            return f"{self.default / MEBIBYTE:g} MiB"
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)


@cache
def list_settings(*declared: type) -> tuple[Setting, ...]:
    """The settings that dataclasses declare, in order; fields without an `Option` aren't any."""
    found = []
    for each in declared:
        hints = get_type_hints(each, include_extras=True)
        found += [_read_field(field, hints[field.name]) for field in fields(each)]
    return tuple(setting for setting in found if setting is not None)


def _read_field(field: "Field[Any]", hint: Any) -> Setting | None:
    marks = getattr(hint, "__metadata__", ())
    option = next((mark for mark in marks if isinstance(mark, Option)), None)
    if option is None:
        return None
    annotated = get_args(hint)[0]
    is_union = get_origin(annotated) in (Union, UnionType)
    members = get_args(annotated) if is_union else (annotated,)
    [member] = [each for each in members if each is not NoneType]
    kind = get_origin(member) or member
    return Setting(
        name=field.name,
        kind=kind,
        choices=get_args(member) if kind is Literal else (),
        is_optional=NoneType in members,
        default=field.default if field.default_factory is MISSING else field.default_factory(),
        bounds=tuple(mark for mark in marks if isinstance(mark, Ge | Gt | Le)),
        matches=next((mark for mark in marks if isinstance(mark, Matches)), None),
        option=option,
    )
