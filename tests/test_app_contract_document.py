"""`GET /openapi.json` is the contract, for this server and for any tool."""

import httpx2
import pytest
from conftest import MODEL
from contract_checks import load_contract

from fake_llm_server import FakeLLMServer


def fetch(server: FakeLLMServer, host: str | None = None) -> dict[str, object]:
    """The document that a server serves."""
    headers = {} if host is None else {"Host": host}
    reply = httpx2.get(f"http://127.0.0.1:{server.port}/openapi.json", headers=headers)
    assert reply.headers["content-type"] == "application/json"
    document: dict[str, object] = reply.json()
    return document


def test_document_is_the_contract(server: FakeLLMServer) -> None:
    """Paths and schemas are the contract's, and each response has the description that OpenAPI demands."""
    document, contract = fetch(server), load_contract()
    assert document["openapi"] == contract["openapi"]
    assert document["components"] == contract["components"]
    assert isinstance(document["paths"], dict)
    assert list(document["paths"]) == list(contract["paths"])
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            served = document["paths"][path][method]
            for status, response in operation["responses"].items():
                description = served["responses"][status].pop("description")
                assert description
                assert served["responses"][status] == response
            assert served == operation


@pytest.mark.parametrize("host", [None, "localhost:1234", "fake.test"])
def test_document_has_the_address_that_was_asked(server: FakeLLMServer, host: str | None) -> None:
    """A tool that reads the document finds the server it got it from."""
    expected = f"http://{host or f'127.0.0.1:{server.port}'}/v1"
    assert fetch(server, host)["servers"] == [{"url": expected}]


def test_document_asks_for_a_key_where_the_server_does(server: FakeLLMServer) -> None:
    """Security is declared exactly where it is enforced; the document itself needs no key."""
    assert "security" not in fetch(server)
    with FakeLLMServer(MODEL, api_keys=["sk-a"]) as keyed:
        assert fetch(keyed)["security"] == [{"ApiKeyAuth": []}]
