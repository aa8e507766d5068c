"""Orders the tests for the workers of `pytest --numprocesses 2 --dist loadfile`.

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker, begin with the longest files."""
    if hasattr(config, "workerinput"):
        ranks = {name: rank for rank, name in enumerate(LONGEST)}
        items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))
