"""Token counts of replies that no model wrote.

Where the server keeps its model loaded (`load="start"`), they are the model's own tokenizer's. Elsewhere they
are an estimate, always, so that the same test sees the same counts whether another one has loaded the model
or not: a token for each four bytes of UTF-8, begun ones counted, and four for each message.
"""

from collections.abc import Iterable, Sequence

from fake_llm_server._errors import InvalidRequestError
from fake_llm_server._seam import Backend, Call, GenerationRequest, TextToken, Tool, Turn

_BYTES_PER_TOKEN = 4
_TOKENS_PER_TURN = 4


class TokenCounts:
    """Counts the tokens of a call and of its reply.

    Args:
        backend: whose tokenizer counts.
        is_exact: whether it does; else counts are estimated.
    """

    def __init__(self, backend: Backend, *, is_exact: bool) -> None:
        self._backend = backend
        self.is_exact = is_exact

    async def count_prompt(self, call: Call) -> int:
        """Tokens of a call's prompt."""
        if self.is_exact:
            try:
                return await self._backend.count_prompt_tokens(call)
            except InvalidRequestError:
                pass  # the model's template refuses what its reply was written for
        return estimate_prompt(call.request)

    async def count_texts(self, texts: Iterable[str]) -> int:
        """Tokens of texts, each by itself."""
        if self.is_exact:
            return sum([len(await self._backend.split_tokens(text)) for text in texts])
        return sum(map(estimate_tokens, texts))

    async def split(self, text: str) -> Sequence[TextToken]:
        """The tokens of a text: as many as are counted, each four bytes where they are estimated."""
        if self.is_exact:
            return await self._backend.split_tokens(text)
        data = text.encode()
        return [
            (0, data[start : start + _BYTES_PER_TOKEN]) for start in range(0, len(data), _BYTES_PER_TOKEN)
        ]


def estimate_prompt(request: GenerationRequest) -> int:
    """About how many tokens the prompt of a request has."""
    return sum(
        _TOKENS_PER_TURN + sum(map(estimate_tokens, _list_texts(turn))) for turn in request.turns
    ) + sum(map(_estimate_tool, request.tools))


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode()) // _BYTES_PER_TOKEN)


def _list_texts(turn: Turn) -> list[str]:
    return [turn.text, turn.reasoning or "", *(call.name + call.arguments for call in turn.calls)]


def _estimate_tool(tool: Tool) -> int:
    return estimate_tokens(f"{tool.name}{tool.description or ''}{tool.parameters or ''}")
