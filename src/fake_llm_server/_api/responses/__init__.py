"""The Responses API."""

from fake_llm_server._api.responses.handler import ResponsesHandler as ResponsesHandler
