"""The prefix cache reuses whole chunks of equal tokens, and forgets the least recently used."""

from itertools import takewhile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.prefix_cache import PrefixCache, num_shared
from fake_llm_server._engine.rules import CHUNK, chunk_end, last_border, num_reusable


class State:
    """A state of some size."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def prompt(kind: int, num_chunks: int, num_more: int = 1) -> tuple[int, ...]:
    """A prompt of a kind, that begins like every longer one of its kind."""
    return (kind,) * (num_chunks * CHUNK + num_more)


def whole_chunks(tokens: tuple[int, ...]) -> tuple[int, ...]:
    """What a cache keeps of a prompt."""
    return tokens[: last_border(len(tokens))]


token_lists = st.builds(
    lambda count, other, at: tuple(other if i == at else 7 for i in range(count)),
    st.integers(1, 4 * CHUNK),
    st.integers(0, 9),
    st.integers(0, 4 * CHUNK),
)


@given(cached=token_lists, asked=token_lists)
def test_shares_equal_tokens_up_to_a_border_but_never_the_whole_prompt(
    cached: tuple[int, ...], asked: tuple[int, ...]
) -> None:
    """What is reused is equal, ends at a chunk border, leaves a token, and is as much as that allows."""
    num_equal = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(cached, asked, strict=False)))
    assert num_shared(cached, asked) == min(last_border(num_equal), last_border(len(asked) - 1))


@given(st.integers(1, 300))
def test_chunks_cover_a_prompt_by_position_alone(num_tokens: int) -> None:
    """Chunks follow one another to the prompt's end, all but the last one of the same size."""
    ends = [0]
    while ends[-1] < num_tokens:
        ends.append(chunk_end(ends[-1], num_tokens))
    assert ends[-1] == num_tokens
    assert ends[:-1] == list(range(0, num_tokens, CHUNK))
    assert num_reusable(num_tokens) == ends[-2]


def test_finds_the_longest_match() -> None:
    """The prefix that spares most is offered."""
    cache = PrefixCache[State](100)
    short, long = State(1), State(2)
    cache.add(whole_chunks(prompt(1, 1)), short)
    cache.add((*prompt(1, 1, 0), *prompt(2, 2, 0)), long)
    assert cache.match((*prompt(1, 1, 0), *prompt(2, 1, 1))) == (long, 2 * CHUNK)
    assert cache.match(prompt(3, 2)) == (None, 0)


def test_a_longer_prefix_replaces_what_it_begins_with() -> None:
    """A state that another one covers costs no memory."""
    cache = PrefixCache[State](100)
    cache.add(whole_chunks(prompt(1, 1)), State(10))
    cache.add(whole_chunks(prompt(1, 3)), State(30))
    assert cache.num_bytes == 30


def test_the_least_recently_used_goes_first() -> None:
    """A match counts as a use; memory stays within its bound."""
    cache = PrefixCache[State](30)
    for kind in (1, 2, 3):
        cache.add(whole_chunks(prompt(kind, 1)), State(10))
    assert cache.match(prompt(1, 1))[1] == CHUNK
    cache.add(whole_chunks(prompt(4, 1)), State(10))
    assert [cache.match(prompt(kind, 1))[1] for kind in (1, 2, 3, 4)] == [CHUNK, 0, CHUNK, CHUNK]
    assert cache.num_bytes == 30


def test_what_does_not_fit_is_not_kept() -> None:
    """A state above the bound evicts nothing."""
    cache = PrefixCache[State](30)
    cache.add(whole_chunks(prompt(1, 1)), State(10))
    cache.add(whole_chunks(prompt(2, 1)), State(31))
    assert cache.match(prompt(1, 1))[1] == CHUNK
    assert cache.match(prompt(2, 1))[1] == 0


def test_states_that_can_be_cut_are_saved_once_at_the_end() -> None:
    """The whole prompt's state serves every beginning of it; without room nothing is kept."""
    cache = PrefixCache[State](30)
    assert not cache.borders_to_save(prompt(1, 2))
    assert cache.keeps_anything
    assert not PrefixCache[State](0).keeps_anything
    assert not PrefixCache[State](0, can_cut=False).borders_to_save(prompt(1, 2))


def test_a_whole_prompt_is_found_with_its_logits() -> None:
    """Only an equal prompt gets them; one that goes on gets the state up to a border."""
    cache = PrefixCache[State](10_000)
    state, logits = State(10), np.ones(3, np.float32)
    cache.add(prompt(1, 2, 5), state, logits)
    found = cache.find_whole(prompt(1, 2, 5))
    assert found is not None
    assert found.logits is logits
    assert cache.find_whole(prompt(1, 2, 4)) is None
    assert cache.match(prompt(1, 3)) == (state, 2 * CHUNK)
    assert cache.num_bytes == 10 + 12


def test_whole_prompts_stay_beside_longer_ones() -> None:
    """A conversation that went on doesn't take the answer to its first question out of memory."""
    cache = PrefixCache[State](10_000)
    cache.add(prompt(1, 1), State(10), np.ones(1, np.float32))
    cache.add(prompt(1, 3), State(10), np.ones(1, np.float32))
    assert cache.find_whole(prompt(1, 1)) is not None


def test_states_that_cannot_be_cut_serve_as_a_whole() -> None:
    """A prompt that parts from a cached one gets nothing of it, but the longest that it begins with."""
    cache = PrefixCache[State](100, can_cut=False)
    short, long = State(1), State(2)
    cache.add(whole_chunks(prompt(1, 1)), short)
    cache.add(whole_chunks(prompt(1, 3)), long)
    assert cache.match(prompt(1, 2)) == (short, CHUNK)
    assert cache.match(prompt(1, 3)) == (long, 3 * CHUNK)
    assert cache.match((*prompt(1, 0), *prompt(2, 3))) == (None, 0)
    assert cache.num_bytes == 3


def test_states_that_cannot_be_cut_are_saved_where_prompts_part() -> None:
    """And where the same prompt could reuse them: before its last token."""
    cache = PrefixCache[State](100, can_cut=False)
    assert cache.borders_to_save(prompt(1, 3, 0)) == {2 * CHUNK}
    cache.add(prompt(1, 2, 0), State(1))
    assert not cache.borders_to_save(prompt(1, 3, 0))
    parting = (*prompt(1, 1, 0), *prompt(2, 3))
    assert cache.borders_to_save(parting) == {CHUNK, 4 * CHUNK}
    cache.add(prompt(1, 1, 0), State(1))
    assert cache.borders_to_save(parting) == {4 * CHUNK}
