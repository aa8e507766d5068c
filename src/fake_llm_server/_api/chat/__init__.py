"""Chat completions: wire requests to generation requests, events to completions and chunks."""

from fake_llm_server._api.chat.handler import ChatCompletionsHandler as ChatCompletionsHandler
