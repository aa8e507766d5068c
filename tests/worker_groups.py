"""Shares the tests among the workers of `pytest --numprocesses 2 --dist loadgroup`.

A file's tests go to one worker, so that its fixtures are made once and its servers share their models. The
files that take longest come first, so that no worker is left with one of them at the end.
"""

import pytest

LONGEST = (
    "test_responses_compaction.py",
    "test_contract_fuzz.py",
    "test_engine_reproducibility.py",
    "test_docs_testing.py",
    "test_serving_lifecycle.py",
    "test_responses_state.py",
    "test_responses_websocket.py",
    "test_responses_create.py",
    "test_serving_load.py",
    "test_codegen_generating.py",
    "test_engine_constraints.py",
    "test_engine_weight_types.py",
)
"""Files that take more than half a minute on two busy cores."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its file, and begin with the longest files."""
    if config.getoption("dist", "no") != "loadgroup":
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.name))
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))
