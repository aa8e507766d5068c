"""The reply that a request brings with it."""

from contextvars import ContextVar

from fake_llm_server._controls.reply import Reply

OWN_REPLY: ContextVar[Reply | None] = ContextVar("own_reply", default=None)
"""Answers the call of the request that this task answers, before its scope's script and rules."""
