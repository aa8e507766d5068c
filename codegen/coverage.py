"""The coverage page: what the server does with each field of each request, from the declarations.

The declarations are the `fields.toml` beside each handler (`_api/shared/field_declarations.py`). They name
every request field of the contract, and nothing else; a name that ends in `*` stands for all that begin
like it and aren't named themselves.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from codegen.contract import Contract, ContractOperation, request_fields
from codegen.errors import CoverageError
from fake_llm_server._api.shared.field_declarations import (
    STATUSES,
    Declarations,
    Declared,
    is_match,
    parse_declarations,
)

_HEADER = """\
<!-- Made by `python -m codegen coverage` from the fields.toml of each handler. Don't edit it. -->

# Coverage

What this server does with every field of every request of the contract. *Honoured*: it does what OpenAI
says. *Accepted*: it is checked, and has no effect here, for the reason given. *Refused*: a request that sets
it gets the error 400 `unsupported_parameter`, with the hint given. A test compares this page with the
contract, so that no field is ever ignored in silence.
"""


def read_declarations(directory: Path) -> Declarations:
    """Read the `fields.toml` of every API below a directory."""
    declarations: dict[str, Mapping[str, Declared]] = {}
    for path in sorted(directory.glob("*/fields.toml")):
        declarations |= parse_declarations(path.read_text(encoding="utf-8"))
    return declarations


def write_coverage(contract: Contract, declarations: Declarations) -> str:
    """Write the page.

    Raises:
        CoverageError: the declarations miss a field of the contract, or name one that it doesn't have.
    """
    fields = request_fields(contract)
    check_declarations(fields, declarations)
    sections = [_write_section(operation, fields, declarations) for operation in contract.operations]
    return "\n".join([_HEADER, _write_summary(contract, fields, declarations), *sections])


def check_declarations(fields: Mapping[str, Iterable[str]], declarations: Declarations) -> None:
    """Compare the declarations with the contract's fields.

    Raises:
        CoverageError: they differ; the message lists every difference.
    """
    faults = [f"operation {name}" for name in declarations if name not in fields]
    for operation, names in fields.items():
        declared = declarations.get(operation)
        if declared is None:
            faults.append(f"{operation} isn't declared")
            continue
        faults += [f"{operation}: {name} isn't declared" for name in names if find(name, declared) is None]
        faults += [
            f"{operation}: {name} isn't in the contract"
            for name in declared
            if not any(is_match(field, name) for field in names)
        ]
    if faults:
        raise CoverageError("The declarations and the contract differ:\n  " + "\n  ".join(faults))


def find(name: str, declared: Mapping[str, Declared]) -> Declared | None:
    """What is declared of a field: by its own name, or by the longest pattern that it matches."""
    if name in declared:
        return declared[name]
    patterns = [pattern for pattern in declared if pattern.endswith("*") and is_match(name, pattern)]
    return declared[max(patterns, key=len)] if patterns else None


def _write_summary(contract: Contract, fields: Mapping[str, list[str]], declarations: Declarations) -> str:
    rows = ["| operation | " + " | ".join(STATUSES) + " |", "| --- | --- | --- | --- |"]
    totals = dict.fromkeys(STATUSES, 0)
    for operation in contract.operations:
        counts = dict.fromkeys(STATUSES, 0)
        for name in fields[operation.id]:
            declared = find(name, declarations[operation.id])
            if declared is not None:
                counts[declared.status] += 1
                totals[declared.status] += 1
        rows.append(f"| [{_title(operation)}](#{_anchor(operation)}) | {_join(counts)} |")
    return "\n".join([*rows, f"| all {len(contract.operations)} | {_join(totals)} |", ""])


def _join(counts: Mapping[str, int]) -> str:
    return " | ".join(str(counts[status]) for status in STATUSES)


def _write_section(
    operation: ContractOperation, fields: Mapping[str, list[str]], declarations: Declarations
) -> str:
    lines = [f"## {_title(operation)}", "", f"`{operation.id}`", ""]
    if not fields[operation.id]:
        return "\n".join([*lines, "It takes nothing.", ""])
    lines += ["| field | here | |", "| --- | --- | --- |"]
    for name in fields[operation.id]:
        declared = find(name, declarations[operation.id])
        if declared is not None:
            remark = declared.remark.replace("|", "\\|")
            lines.append(f"| `{name}` | {declared.status} | {remark} |")
    return "\n".join([*lines, ""])


def _title(operation: ContractOperation) -> str:
    return f"{operation.method.upper()} {operation.path}"


def _anchor(operation: ContractOperation) -> str:
    """The anchor that Markdown renderers make of the title."""
    kept = "".join(c for c in _title(operation).lower() if c.isalnum() or c in " _-")
    return kept.replace(" ", "-")
