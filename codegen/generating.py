"""Stage two: from the trimmed contract to the files of `src/fake_llm_server/_generated/`."""

import ast
import json
import subprocess
import sys
from typing import Any

import yaml

from codegen.api_stage import generate_apis
from codegen.contract import parse_contract
from codegen.errors import CodegenError
from codegen.overrides import Overrides
from codegen.shaping import shape_contract
from codegen.wire_stage import generate_wire_types

HEADER = "# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.\n"
SERVED_CONTRACT = "openapi.json"
_PHRASES = {"200": "OK", "4XX": "The request is at fault.", "5XX": "The server is at fault."}
_DOCSTRINGS = {
    "__init__.py": "The contract in Python: wire types, and per API an abstract class and its router.",
    "shared.py": "Wire types that more than one API uses.",
    "api.py": "The operations of the API, to be answered by a subclass, and their routes.",
    "wire.py": "The wire types of the API.",
}


def generate(contract_text: str, overrides: Overrides) -> dict[str, str]:
    """Return the generated package: relative path to text, formatted; and the contract to be served.

    Raises:
        ContractError: the contract has something that the generator doesn't know.
        CodegenError: the formatter failed.
    """
    contract = parse_contract(contract_text)
    shape = shape_contract(contract, overrides)
    files = {name: ast.unparse(tree) for name, tree in generate_wire_types(shape).items()}
    files |= generate_apis(contract, overrides, shape)
    files |= dict.fromkeys(["__init__.py", *(f"{api}/__init__.py" for api in overrides.apis)], "")
    package = {name: _format(_with_header(name, files[name])) for name in sorted(files)}
    return {**package, SERVED_CONTRACT: write_served_contract(contract_text)}


def write_served_contract(contract_text: str) -> str:
    """Write the contract as JSON, for a server to serve: complete by OpenAPI's rules.

    A response needs a description, which the contract without prose doesn't have: it is the status's phrase.
    """
    document: dict[str, Any] = yaml.load(contract_text, Loader=yaml.CSafeLoader)
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                operation["responses"][status] = {"description": _PHRASES[str(status)], **response}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _with_header(name: str, text: str) -> str:
    return f'{HEADER}"""{_DOCSTRINGS[name.rpartition("/")[2]]}"""\n\n{text}'


def _format(text: str) -> str:
    """Format by ruff: imports sorted, unused ones dropped, lines of the project's length."""
    common = ["--isolated", "--stdin-filename", "generated.py", "-"]
    first_party = 'lint.isort.known-first-party=["fake_llm_server"]'
    selection = ["--select", "I,F401", "--config", first_party, "--target-version", "py311"]
    checked = _run_ruff(["check", *selection, "--fix", "--quiet"], common, text)
    return _run_ruff(["format", "--line-length", "110", "--target-version", "py311"], common, checked)


def _run_ruff(command: list[str], common: list[str], text: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, *common],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise CodegenError(f"ruff {command[0]} failed on generated code: {result.stderr or result.stdout}")
    return result.stdout
