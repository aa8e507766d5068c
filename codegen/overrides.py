"""What `spec/overrides.toml` says, as plain types.

The file has five kinds of tables: `[apis.NAME]` and `[[operation]]` (what is kept), `[[patch]]` (a change
at one place), `[[accept_null]]` (properties that may be null as well, each a patch) and `[[rule]]` (a change
made all over the document). `patches` and `rules` carry them out.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from codegen.errors import OverrideError

PatchKind = Literal["add", "replace", "remove", "append", "discard", "accept_null"]


@dataclass(frozen=True, slots=True)
class Api:
    """One group of operations, generated into one package.

    Attributes:
        class_name: of the abstract class that handlers subclass.
    """

    class_name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of upstream that is kept.

    Attributes:
        id: upstream's operationId.
        api: the key of its `Api`.
        name: the method's name, where the operationId in snake case would read badly.
        path_types: path parameter to Starlette's convertor, where the default (no slash) is wrong.
    """

    id: str
    api: str
    name: str | None = None
    path_types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Patch:
    """A change at one place of the document.

    Attributes:
        kind: `add` a key that isn't there; `replace` or `remove` what is; `append` to or `discard` from
            a list; `accept_null` lets a property be null, whatever else it may be.
        at: JSON pointer of the place.
        reason: why upstream isn't taken at its word.
        link: where that can be read.
        value: what is added, set, appended or discarded.
        expect: what must be there now, for `replace` and `remove`.
        prose: a passage of upstream's text that the change rests on; it must still be there.
        prose_at: JSON pointer of the object whose `description` has the passage; by default the one that
            holds the place.
    """

    kind: PatchKind
    at: str
    reason: str
    link: str
    value: Any = None
    expect: Any = None
    prose: str | None = None
    prose_at: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A change made wherever it applies, by the function of that name in `rules`."""

    name: str
    reason: str
    link: str


@dataclass(frozen=True, slots=True)
class Overrides:
    """The whole file; rules and patches are applied in its order."""

    apis: Mapping[str, Api]
    operations: tuple[Operation, ...]
    patches: tuple[Patch, ...]
    rules: tuple[Rule, ...]


def load_overrides(path: Path) -> Overrides:
    """Read and check an overrides file.

    Raises:
        OverrideError: a table lacks a field, has an unknown one, or names an unknown API.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        overrides = Overrides(
            apis={name: Api(**table) for name, table in raw.pop("apis").items()},
            operations=tuple(Operation(**table) for table in raw.pop("operation")),
            patches=(
                *(Patch(**table) for table in raw.pop("patch", [])),
                *(patch for table in raw.pop("accept_null", []) for patch in _accept_null(**table)),
            ),
            rules=tuple(Rule(**table) for table in raw.pop("rule", [])),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise OverrideError(f"{path} is not a usable overrides file: {error!r}") from error
    if raw:
        raise OverrideError(f"{path} has unknown tables: {', '.join(sorted(raw))}.")
    _check_references(overrides, path)
    return overrides


def _accept_null(at: str, properties: list[str], reason: str, link: str) -> list[Patch]:
    """The patches of one `[[accept_null]]` table: `at` is the pointer of an object's `properties`."""
    return [Patch("accept_null", f"{at}/{name}", reason, link) for name in properties]


def _check_references(overrides: Overrides, path: Path) -> None:
    for operation in overrides.operations:
        if operation.api not in overrides.apis:
            raise OverrideError(f"{path}: operation {operation.id} names the unknown API {operation.api!r}.")
    for patch in overrides.patches:
        if patch.kind not in get_args(PatchKind):
            raise OverrideError(f"{path}: the patch at {patch.at} has the unknown kind {patch.kind!r}.")
    changes: list[Patch | Rule] = [*overrides.patches, *overrides.rules]
    for change in changes:
        if not change.reason.strip() or not change.link.strip():
            raise OverrideError(f"{path}: {change} needs a reason and a link.")
