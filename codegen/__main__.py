"""The command line: `python -m codegen trim|generate|coverage|settings [--check]`."""

import argparse
import sys
from pathlib import Path

from codegen import repository
from codegen.contract import parse_contract
from codegen.errors import CodegenError
from codegen.freshness import check_file, check_tree, write_tree
from codegen.overrides import load_overrides
from codegen.source import ENVIRONMENT_VARIABLE, find_document, load_lock
from codegen.trimming import parse_document, trim


def main(arguments: list[str] | None = None) -> int:
    """Run a stage; return the process's exit status: 0, or 1 with the reason on standard error."""
    options = _create_parser().parse_args(arguments)
    try:
        match options.stage:
            case "trim":
                _trim(options.source, is_check=options.check)
            case "generate":
                _generate(is_check=options.check)
            case "coverage":
                _write_coverage(is_check=options.check)
            case "settings":
                _write_settings(is_check=options.check)
    except CodegenError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _create_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m codegen", description="Remake the contract and its Python."
    )
    stages = parser.add_subparsers(dest="stage", required=True)
    trim_stage = stages.add_parser("trim", help="the full OpenAI document → spec/openapi.yaml")
    trim_stage.add_argument(
        "--source",
        type=Path,
        metavar="PATH",
        help=f"the full document, plain or .gz (else ${ENVIRONMENT_VARIABLE}, spec/, or a download)",
    )
    generate_stage = stages.add_parser("generate", help="spec/openapi.yaml → src/fake_llm_server/_generated/")
    coverage_stage = stages.add_parser("coverage", help="the handlers' fields.toml → docs/coverage.md")
    settings_stage = stages.add_parser(
        "settings", help="the declared settings → docs/testing.md and ServerOptions"
    )
    for stage in (trim_stage, generate_stage, coverage_stage, settings_stage):
        stage.add_argument("--check", action="store_true", help="write nothing; fail if the output is stale")
    return parser


def _trim(source: Path | None, *, is_check: bool) -> None:
    lock = load_lock(repository.LOCK)
    overrides = load_overrides(repository.OVERRIDES)
    document = find_document(lock, source=source, cache=repository.FULL_DOCUMENT)
    text = trim(parse_document(document), overrides)
    if is_check:
        check_file(repository.CONTRACT, text, remake="python -m codegen trim")
        print("spec/openapi.yaml is what trim makes.")
        return
    repository.CONTRACT.write_text(text, encoding="utf-8")
    print(f"Wrote spec/openapi.yaml ({len(text.splitlines())} lines).")


def _generate(*, is_check: bool) -> None:
    # Imported here: `trim` needs no model generator.
    from codegen.generating import generate  # noqa: PLC0415 - as said

    files = generate(repository.CONTRACT.read_text(encoding="utf-8"), load_overrides(repository.OVERRIDES))
    if is_check:
        check_tree(repository.GENERATED, files, remake="python -m codegen generate")
        print("The generated package is what generate makes.")
        return
    write_tree(repository.GENERATED, files)
    print(f"Wrote {len(files)} files to {repository.GENERATED.relative_to(repository.ROOT)}.")


def _write_coverage(*, is_check: bool) -> None:
    # Imported here: it takes the package, whose generated part the other stages make.
    from codegen.coverage import read_declarations, write_coverage  # noqa: PLC0415 - as said

    contract = parse_contract(repository.CONTRACT.read_text(encoding="utf-8"))
    text = write_coverage(contract, read_declarations(repository.HANDLERS))
    if is_check:
        check_file(repository.COVERAGE_PAGE, text, remake="python -m codegen coverage")
        print("docs/coverage.md is what the declarations make.")
        return
    repository.COVERAGE_PAGE.write_text(text, encoding="utf-8")
    print("Wrote docs/coverage.md.")


def _write_settings(*, is_check: bool) -> None:
    # Imported here: it takes the package, whose generated part the other stages make.
    from codegen.settings_stage import write_settings  # noqa: PLC0415 - as said

    for path, text in write_settings().items():
        if is_check:
            check_file(path, text, remake="python -m codegen settings")
        else:
            path.write_text(text, encoding="utf-8")
    print("What is made of the settings is fresh." if is_check else "Wrote what is made of the settings.")


if __name__ == "__main__":
    sys.exit(main())
