"""The prefix cache reuses whole chunks of equal tokens, and forgets the least recently used."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.prefix_cache import PrefixCache, num_shared
from fake_llm_server._engine.rules import MAX_CHUNK, MIN_CHUNK, ChunkedPrompt, chunk_prompt

MARK = 99
"""The control token with which messages begin."""


class State:
    """A state of some size."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def chunk(*tokens: int) -> ChunkedPrompt:
    """A prompt in its chunks."""
    return chunk_prompt(tokens, MARK.__eq__)


def prompt(kind: int, num_chunks: int, num_more: int = 1) -> ChunkedPrompt:
    """A prompt of a kind, that begins like every longer one of its kind."""
    return chunk(*(kind,) * (num_chunks * MAX_CHUNK + num_more))


def whole_chunks(kind: int, num_chunks: int) -> ChunkedPrompt:
    """A beginning of a prompt, as a cache keeps it."""
    return prompt(kind, num_chunks).until(num_chunks * MAX_CHUNK)


conversations = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 2 * MAX_CHUNK)), min_size=1, max_size=4
).map(lambda messages: chunk(*(token for kind, size in messages for token in (MARK, *(kind,) * size))))


@given(cached=conversations, asked=conversations)
def test_shares_equal_chunks_but_never_the_last(cached: ChunkedPrompt, asked: ChunkedPrompt) -> None:
    """What is reused are equal tokens in equal chunks, and all of them that leave the prompt's last chunk."""
    num = num_shared(cached, asked)
    assert cached.tokens[:num] == asked.tokens[:num]
    assert cached.until(num).borders == asked.until(num).borders
    following = next(border for border in asked.borders if border > num)
    is_last = following == len(asked.tokens)
    is_equal = following in cached.borders and cached.tokens[:following] == asked.tokens[:following]
    assert is_last or not is_equal


@given(conversations, st.integers(0, 2 * MAX_CHUNK))
def test_chunks_cover_a_prompt_by_its_tokens_alone(begin: ChunkedPrompt, num_more: int) -> None:
    """Chunks follow one another to the prompt's end, none too large, and small ones only at its end."""
    asked = chunk(*begin.tokens, MARK, *(5,) * num_more)
    sizes = [end - start for start, end in pairwise((0, *asked.borders))]
    assert sum(sizes) == len(asked.tokens)
    assert all(MIN_CHUNK <= size <= MAX_CHUNK for size in sizes[:-1])
    assert 1 <= sizes[-1] <= MAX_CHUNK
    assert asked == chunk(*asked.tokens)
    assert asked.last_inner_border == sum(sizes[:-1])


def test_prompts_part_where_a_message_ends() -> None:
    """Two questions after the same instructions share all of these, whatever their length."""
    system = (MARK, *(1,) * (MAX_CHUNK + 30))
    questions = [chunk(*system, MARK, *(kind,) * (20 + kind), MARK, 7) for kind in (2, 3)]
    assert num_shared(*questions) == len(system)
    assert [len(each.tokens) - each.last_inner_border for each in questions] == [25, 26]


def test_finds_the_longest_match() -> None:
    """The prefix that spares most is offered."""
    cache = PrefixCache[State](100)
    short, long = State(1), State(2)
    mixed = chunk(*(1,) * MAX_CHUNK, *(2,) * (2 * MAX_CHUNK))
    cache.add(whole_chunks(1, 1), short)
    cache.add(mixed.until(3 * MAX_CHUNK), long)
    assert cache.match(mixed) == (long, 2 * MAX_CHUNK)
    assert cache.match(prompt(3, 2)) == (None, 0)


def test_a_longer_prefix_replaces_what_it_begins_with() -> None:
    """A state that another one covers costs no memory."""
    cache = PrefixCache[State](100)
    cache.add(whole_chunks(1, 1), State(10))
    cache.add(whole_chunks(1, 3), State(30))
    assert cache.num_bytes == 30


def test_the_least_recently_used_goes_first() -> None:
    """A match counts as a use; memory stays within its bound."""
    cache = PrefixCache[State](30)
    for kind in (1, 2, 3):
        cache.add(whole_chunks(kind, 1), State(10))
    assert cache.match(prompt(1, 1))[1] == MAX_CHUNK
    cache.add(whole_chunks(4, 1), State(10))
    found = [cache.match(prompt(kind, 1))[1] for kind in (1, 2, 3, 4)]
    assert found == [MAX_CHUNK, 0, MAX_CHUNK, MAX_CHUNK]
    assert cache.num_bytes == 30


def test_what_does_not_fit_is_not_kept() -> None:
    """A state above the bound evicts nothing."""
    cache = PrefixCache[State](30)
    cache.add(whole_chunks(1, 1), State(10))
    cache.add(whole_chunks(2, 1), State(31))
    assert cache.match(prompt(1, 1))[1] == MAX_CHUNK
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
    found = cache.find_whole(prompt(1, 2, 5).tokens)
    assert found is not None
    assert found == (state, logits)
    assert cache.find_whole(prompt(1, 2, 4).tokens) is None
    assert cache.match(prompt(1, 3)) == (state, 2 * MAX_CHUNK)
    assert cache.num_bytes == 10 + 12


def test_whole_prompts_stay_beside_longer_ones() -> None:
    """A conversation that went on doesn't take the answer to its first question out of memory."""
    cache = PrefixCache[State](10_000)
    cache.add(prompt(1, 1), State(10), np.ones(1, np.float32))
    cache.add(prompt(1, 3), State(10), np.ones(1, np.float32))
    assert cache.find_whole(prompt(1, 1).tokens) is not None


def test_states_that_cannot_be_cut_serve_as_a_whole() -> None:
    """A prompt that parts from a cached one gets nothing of it, but the longest that it begins with."""
    cache = PrefixCache[State](100, can_cut=False)
    short, long = State(1), State(2)
    cache.add(whole_chunks(1, 1), short)
    cache.add(whole_chunks(1, 3), long)
    assert cache.match(prompt(1, 2)) == (short, MAX_CHUNK)
    assert cache.match(prompt(1, 3)) == (long, 3 * MAX_CHUNK)
    assert cache.match(chunk(1, *(2,) * (3 * MAX_CHUNK))) == (None, 0)
    assert cache.num_bytes == 3


def test_states_that_cannot_be_cut_are_saved_where_prompts_part() -> None:
    """And where the same beginning could reuse them: before the last chunk."""
    cache = PrefixCache[State](100, can_cut=False)
    assert cache.borders_to_save(prompt(1, 3, 0)) == {2 * MAX_CHUNK}
    cache.add(whole_chunks(1, 2), State(1))
    assert not cache.borders_to_save(prompt(1, 3, 0))
    parting = chunk(*(1,) * MAX_CHUNK, *(2,) * (3 * MAX_CHUNK + 1))
    assert cache.borders_to_save(parting) == {MAX_CHUNK, 4 * MAX_CHUNK}
    cache.add(whole_chunks(1, 1), State(1))
    assert cache.borders_to_save(parting) == {4 * MAX_CHUNK}
