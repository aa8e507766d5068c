"""Where the control API is."""

CONTROL_PREFIX = "/fake-llm/v1"
DOCUMENT_PATH = "/openapi.json"
"""Of its description, below the prefix; it needs no key."""

REPLY_HEADER = "x-fake-llm-reply"
"""The header of a request that has its own reply."""
