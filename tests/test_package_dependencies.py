"""The lower bounds that users get are those that `tox -e lowest` installs."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]


def read_project() -> dict[str, Any]:
    """The project's declarations."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def read_pins(name: str) -> dict[str, Version]:
    """The versions of a constraints file."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return read_lowest(line for line in lines if line and not line.startswith("#"))


def read_lowest(requirements: Iterable[str]) -> dict[str, Version]:
    """Each requirement's name with its one bound, which is a lower one or exact."""
    lowest: dict[str, Version] = {}
    for requirement in map(Requirement, requirements):
        [bound] = requirement.specifier
        assert bound.operator in {">=", "=="}, requirement
        lowest[canonicalize_name(requirement.name)] = Version(bound.version)
    return lowest


def test_lowest_versions_are_tested() -> None:
    """Every bound of the package, and of what its tests need, is the pin of the lowest environment."""
    project = read_project()
    declared = read_lowest(
        [
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["embedded"],
            *project["dependency-groups"]["test"],
        ]
    )
    pins = read_pins("constraints-lowest.txt")
    assert {name: pins.get(name) for name in declared} == declared


def test_dependencies_are_pinned_for_development() -> None:
    """What the default environments install doesn't change from one day to the next."""
    project = read_project()
    names = ("test", "lint", "types", "codegen", "contract", "coverage")
    groups = [each for name in names for each in project["dependency-groups"][name]]
    needed = read_lowest([*project["project"]["dependencies"], *groups])
    assert needed.keys() <= read_pins("constraints.txt").keys()
