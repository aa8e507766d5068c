"""What this server does with each field of a request: the declarations, and the refusals they order.

Beside each handler lies a `fields.toml`. It has a table for every operation, and in it each field as
`honoured` (it does what OpenAI says), `accepted` (it is checked and has no effect here: the text says why)
or `refused` (the text is the error). A name that ends in `*` stands for all that begin like it. Where two
operations take the same fields, one may refer to the other: `same.createResponse = ["input*"]` copies the
declarations that match, except those that stand in the table itself.

The coverage page is made of these tables, and a test compares them with the contract, so that no field is
ever ignored in silence.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeAlias

from pydantic import BaseModel

from fake_llm_server._errors import InvalidRequestError

STATUSES = ("honoured", "accepted", "refused")


@dataclass(frozen=True, slots=True)
class Declared:
    """What is declared of one field.

    Attributes:
        status: one of `STATUSES`.
        remark: a detail, the reason why the field has no effect, or the hint of the error; may be empty.
    """

    status: str
    remark: str


Declarations: TypeAlias = Mapping[str, Mapping[str, Declared]]
"""Operation id to the declared names, patterns among them."""


def refuse_fields(body: BaseModel, declared: Mapping[str, Declared]) -> None:
    """Refuse a body that sets a field which is declared refused; null sets nothing.

    Raises:
        InvalidRequestError: the first such field, with the declared hint.
    """
    for name in body.model_fields_set:
        field = declared.get(name)
        if field is not None and field.status == "refused" and getattr(body, name) is not None:
            message = f"Unsupported parameter: '{name}' is not supported with this model. {field.remark}"
            raise InvalidRequestError(message, param=name, code="unsupported_parameter")


def load_declarations(package: str) -> Declarations:
    """The declarations of one API.

    Args:
        package: of the API, beside whose handler the declarations lie.
    """
    return parse_declarations((files("fake_llm_server._api") / package / "fields.toml").read_text("utf-8"))


def parse_declarations(text: str) -> Declarations:
    """The declarations in the text of a `fields.toml`.

    Raises:
        ValueError: a table has another key than `STATUSES` and `same`, or copies by a pattern that matches
            nothing.
    """
    tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    copied = {operation: table.pop("same", {}) for operation, table in tables.items()}
    own = {operation: _read_table(operation, table) for operation, table in tables.items()}
    return {
        operation: {**_copy_matching(own, sources), **own[operation]} for operation, sources in copied.items()
    }


def _read_table(operation: str, table: Mapping[str, Mapping[str, str]]) -> dict[str, Declared]:
    if unknown := table.keys() - set(STATUSES):
        raise ValueError(f"{operation} has {sorted(unknown)}; a field is one of {', '.join(STATUSES)}.")
    return {
        name: Declared(status, remark) for status, fields in table.items() for name, remark in fields.items()
    }


def _copy_matching(own: Declarations, sources: Mapping[str, list[str]]) -> dict[str, Declared]:
    copied: dict[str, Declared] = {}
    for operation, patterns in sources.items():
        for pattern in patterns:
            matching = {name: field for name, field in own[operation].items() if is_match(name, pattern)}
            if not matching:
                raise ValueError(f"{operation} declares nothing that matches {pattern!r}.")
            copied |= matching
    return copied


def is_match(name: str, pattern: str) -> bool:
    """Whether a declared name or pattern stands for a field."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
