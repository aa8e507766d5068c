"""The Responses API: wire requests to generation requests, events to responses and streams."""

from fake_llm_server._api.responses.handler import ResponsesHandler as ResponsesHandler
