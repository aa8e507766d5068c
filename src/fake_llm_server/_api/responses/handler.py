"""Answers the operations of the Responses API."""

from fake_llm_server._generated.responses.api import ResponsesApi


class ResponsesHandler(ResponsesApi):
    """Answers responses with the served models; its operations are yet to come, and say so."""
