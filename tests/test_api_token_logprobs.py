"""The text of a token in logprobs has no replacement characters, whatever bytes the token has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._api.shared.token_logprobs import write_token
from fake_llm_server._seam import TokenLogprob


@pytest.mark.parametrize(
    ("piece", "text"),
    [
        (b" word", " word"),
        ("😀".encode(), "😀"),
        ("😀".encode()[:2], r"\xf0\x9f"),
        ("😀".encode()[2:], r"\x98\x80"),
        (b" a\xe2\x80", r" a\xe2\x80"),
    ],
)
def test_bytes_of_no_whole_character_are_escaped(piece: bytes, text: str) -> None:
    """What is a character stays, the bytes of a part of one are written as OpenAI writes them."""
    written = write_token(TokenLogprob(0, piece, -1.0))
    assert (written["token"], bytes(written["bytes"])) == (text, piece)


@given(st.binary(max_size=8))
def test_no_token_shows_a_replacement(piece: bytes) -> None:
    """A replacement character stands only where the token has one."""
    written = write_token(TokenLogprob(0, piece, -1.0))
    assert ("\ufffd" in written["token"]) == ("\ufffd".encode() in piece)
