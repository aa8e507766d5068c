"""Fixtures for tests that talk to a server; every reply of every such server is held to the contract."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from contract_checks import ContractCheck
from hypothesis import HealthCheck, settings
from other_weights import find_other_weights
from starlette.types import ASGIApp
from worker_order import pytest_collection_modifyitems as pytest_collection_modifyitems

from fake_llm_server import FakeLLMServer
from fake_llm_server._serving.wrapping import APP_WRAPPERS

pytest_plugins = ["fake_llm_server.pytest_plugin"]  # the same that an installation registers

# How long an example takes says how busy the machine is, and fails no test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

MODEL = "smollm2-135m"
ALIAS = "gpt-4o-mini"
ENDLESS = {"0": -100, "2": -100}
"""A logit bias against the embedded model's ends: an answer has exactly as many tokens as it may."""

_checks: list[ContractCheck] = []
"""Of every server that was started in this process."""


def _check(app: ASGIApp) -> ContractCheck:
    check = ContractCheck(app)
    _checks.append(check)
    return check


@pytest.fixture(scope="session", autouse=True)
def _checked_servers() -> Iterator[None]:
    """Wrap every server's application in a check against the contract."""
    APP_WRAPPERS.append(_check)
    yield
    APP_WRAPPERS.remove(_check)


@pytest.fixture(autouse=True)
def _contract_is_kept() -> Iterator[None]:
    """Fail a test whose server sent what the contract doesn't allow."""
    yield
    faults = [fault for check in _checks for fault in check.faults]
    for check in _checks:
        check.faults.clear()
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """A server on the embedded model, shared by all tests that leave it as they found it.

    With `FAKE_LLM_SERVER_TEST_WEIGHTS` it is on other weights, under the embedded model's name.
    """
    weights = find_other_weights()
    if weights is None:
        served = FakeLLMServer(MODEL, aliases={ALIAS: MODEL})
    else:
        served = FakeLLMServer(weights, aliases={MODEL: weights, ALIAS: weights})
    with served as running:
        yield running


@pytest.fixture(scope="session")
def fake_llm_server(_checked_servers: None) -> Iterator[FakeLLMServer]:
    """The plugin's server, on a model of each worker's own: other tests have loaded it there anyway."""
    with FakeLLMServer(load="first_use", any_model=True) as running:
        yield running


@pytest.fixture
def client(server: FakeLLMServer) -> Iterator[openai.OpenAI]:
    """OpenAI's client, which doesn't try again: a failure is to be seen."""
    with openai.OpenAI(**server.openai_client_args(), max_retries=0, timeout=60) as opened:
        yield opened


@pytest.fixture
def request_bodies(server: FakeLLMServer) -> Iterator[list[dict[str, Any]]]:
    """What clients send from now on, as parsed JSON."""
    del server  # its check must be there
    bodies: list[dict[str, Any]] = []
    for check in _checks:
        check.request_bodies = bodies
    yield bodies
    for check in _checks:
        check.request_bodies = None
