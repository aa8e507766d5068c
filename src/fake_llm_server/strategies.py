"""Hypothesis strategies: replies that are valid and that programs seldom expect.

Needs Hypothesis (`pip install 'fake-llm-server[hypothesis]'`). docs/controls.md shows a test.
"""

from collections.abc import Collection

from fake_llm_server._controls.adversarial import KINDS as _KINDS
from fake_llm_server._controls.adversarial import ODD_TEXTS as _ODD_TEXTS
from fake_llm_server._controls.adversarial import AdversarialReplies as AdversarialReplies
from fake_llm_server._controls.adversarial import Kind as Kind
from fake_llm_server._controls.adversarial import Move as _Move
from fake_llm_server._errors import ConfigurationError as _ConfigurationError

try:
    from hypothesis import strategies as _st
except ImportError as error:
    raise ImportError(
        "fake_llm_server.strategies needs Hypothesis: pip install 'fake-llm-server[hypothesis]'."
    ) from error

_STATUSES = (500, 503, 429, 502, 408, 409, 400, 401, 403, 404)
_TEXTS = _st.sampled_from(_ODD_TEXTS) | _st.text(max_size=20)
_PIECES = _st.lists(_st.integers(0, 3), max_size=8).map(tuple)
_PICKS = _st.lists(_st.integers(0, 23), min_size=12, max_size=16).map(tuple)
_THOUGHTS = _st.none() | _TEXTS
_FAULTS = _st.sampled_from(
    [
        ("cut", {}),
        *(("cut", {"after": after}) for after in (0, 1, 3)),
        *(("wrong", {"what": lie}) for lie in ("json", "arguments", "name", "empty")),
    ]
)


def adversarial_replies(
    *, max_calls: int = 4, without: Collection[Kind] = (), faults: bool = False
) -> _st.SearchStrategy[AdversarialReplies]:
    """Replies for the calls of a scope, of its own tools and schemas, decided when each request comes.

    Give what is drawn to a rule, `fake_llm.when().then(replies)`, of a scope that the test opens itself. A
    test that fails has the replies that it got as a script in Python.

    Args:
        max_calls: how many calls get an odd reply, at most; those after them get simple ones.
        without: kinds of replies that there shall be none of: `call` (of tools that needn't be called),
            `refusal`, `cut_off` (`length` and `content_filter`), `error`.
        faults: whether replies may also be cut, or wrong. Without, all of them are such as OpenAI may send.

    Raises:
        ConfigurationError: a kind is none, or nothing is left.
    """
    if max_calls < 0:
        raise _ConfigurationError(f"max_calls is from 0 on; it was {max_calls}.")
    if set(without) - set(_KINDS[1:]):
        raise _ConfigurationError(f"`without` has some of {', '.join(_KINDS[1:])}; it was {list(without)}.")
    kinds = [kind for kind in _KINDS if kind not in without]
    moves = _st.one_of([_draw_move(kind, faults=faults) for kind in kinds])
    return _st.lists(moves, max_size=max_calls).map(lambda drawn: AdversarialReplies(tuple(drawn)))


def _draw_move(kind: Kind, *, faults: bool) -> _st.SearchStrategy[_Move]:
    fault = _st.none() | _FAULTS if faults else _st.none()
    if kind == "error":
        return _st.builds(_Move, kind=_st.just(kind), status=_st.sampled_from(_STATUSES))
    return _st.builds(
        _Move,
        kind=_st.just(kind),
        text=_TEXTS,
        pieces=_PIECES if kind in ("text", "cut_off") else _st.just(()),
        picks=_st.just(()) if kind == "refusal" else _PICKS,
        reasoning=_THOUGHTS,
        finish_reason=_st.sampled_from(["length", "content_filter"])
        if kind == "cut_off"
        else _st.just("length"),
        fault=fault,
    )
