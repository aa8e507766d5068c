"""Bytes of tokens become whole characters without stop strings, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.text_assembly import TextAssembly


def assemble(pieces: list[bytes], stops: tuple[str, ...] = ()) -> tuple[list[str], int, str | None]:
    """What is shown after each piece and at the end, the tokens shown, and the stop string."""
    assembly = TextAssembly(stops)
    shown = []
    num_tokens = 0
    for piece in pieces:
        step = assembly.push(piece)
        shown.append(step.text)
        num_tokens += step.num_tokens
        if step.stop is not None:
            return shown, num_tokens, step.stop
    last = assembly.finish()
    return [*shown, last.text], num_tokens + last.num_tokens, last.stop


@pytest.mark.parametrize(
    ("pieces", "stops", "expected"),
    [
        ([b"a", b"b"], (), (["a", "b", ""], 2, None)),
        ([b"\xc3", b"\xa9"], (), (["", "é", ""], 2, None)),
        ([b"x\xe2\x82"], (), (["x", "�"], 1, None)),
        ([b"one ", b"STO", b"P two"], ("STOP",), (["one ", "", ""], 1, "STOP")),
        ([b"one ", b"STO", b"RY"], ("STOP",), (["one ", "", "STORY", ""], 3, None)),
        ([b"ST"], ("STOP",), (["", "ST"], 1, None)),
        ([b"ab"], ("b", "abc"), (["a"], 1, "b")),
        ([b"aab"], ("aab", "ab"), ([""], 0, "aab")),
        ([b"", b"a"], (), (["", "a", ""], 2, None)),
        ([b"a\xff", b"b"], ("\ufffdb",), (["a", ""], 1, "\ufffdb")),
    ],
)
def test_shows_what_is_safe_and_counts_its_tokens(
    pieces: list[bytes], stops: tuple[str, ...], expected: tuple[list[str], int, str | None]
) -> None:
    """Incomplete characters and possible beginnings of a stop string wait; nothing is lost."""
    assert assemble(pieces, stops) == expected


@given(
    text=st.text("abé€😀", max_size=12),
    stops=st.lists(st.text("abé😀", min_size=1, max_size=3), max_size=2),
    data=st.data(),
)
def test_the_cut_into_tokens_changes_nothing(text: str, stops: list[str], data: st.DataObject) -> None:
    """Text and stop string are the same whether the bytes come one by one, at once or in any pieces."""
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=4)))
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    by_byte = [raw[i : i + 1] for i in range(len(raw))]

    expected = assemble([raw], tuple(stops))
    for cut in (pieces, by_byte):
        shown, _, stop = assemble(cut, tuple(stops))
        assert ("".join(shown), stop) == ("".join(expected[0]), expected[2])


@given(
    pieces=st.lists(st.binary(max_size=3), max_size=6),
    stops=st.lists(st.text("ab\ufffd", min_size=1, max_size=2), max_size=2),
)
def test_every_token_is_shown_once_unless_a_stop_string_swallows_it(
    pieces: list[bytes], stops: list[str]
) -> None:
    """Without a stop, as many tokens are shown as came; with one, no more."""
    _, num_tokens, stop = assemble(pieces, tuple(stops))
    assert num_tokens <= len(pieces)
    assert stop is not None or num_tokens == len(pieces)
