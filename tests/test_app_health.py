"""`GET /health` tells whether a server can answer."""

import httpx2
from conftest import ALIAS, MODEL

from fake_llm_server import FakeLLMServer


def test_a_server_that_runs_is_healthy(server: FakeLLMServer) -> None:
    """Beside the API, not below it; each name says whether its model is loaded."""
    address = server.base_url.removesuffix("/v1")
    reply = httpx2.get(f"{address}/health", timeout=60)
    assert reply.status_code == 200
    assert reply.json() == {"status": "ok", "loaded": {MODEL: True, ALIAS: True}}


def test_health_needs_no_key() -> None:
    """What waits for a service has no key; the API still asks for one."""
    with FakeLLMServer(MODEL, api_keys=["secret"]) as running:
        address = running.base_url.removesuffix("/v1")
        assert httpx2.get(f"{address}/health", timeout=60).status_code == 200
        assert httpx2.get(f"{address}/v1/models", timeout=60).status_code == 401
