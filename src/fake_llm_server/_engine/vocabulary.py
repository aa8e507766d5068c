"""The model's vocabulary, for every thread."""

from functools import cached_property

from fake_llm_server._engine.native import NativeModel


class Vocabulary:
    """Text to tokens and tokens to bytes; any thread may call it.

    Attributes:
        size: number of tokens.
    """

    def __init__(self, model: NativeModel) -> None:
        self._model = model
        self.size = model.vocabulary_size
        self._pieces: dict[int, bytes] = {}
        self._texts: dict[int, bytes] = {}
        self._is_end: dict[int, bool] = {}
        self._is_control: dict[int, bool] = {}

    def tokenize(
        self, text: str, *, add_special: bool = False, parse_special: bool = True
    ) -> tuple[int, ...]:
        """Token ids of `text`.

        Args:
            text: any text.
            add_special: put the tokens before (and after) that the model was trained to see there.
            parse_special: read the written form of a special token as that token.
        """
        return self._model.tokenize(text, add_special=add_special, parse_special=parse_special)

    def count_at_least(self, text: str) -> int:
        """The least number of tokens that `text` may have; found without tokenizing it.

        No token is longer than the longest. A tokenizer that drops parts of a text gives no bound: 0.
        """
        if not self._model.always_keeps_text:
            return 0
        num_bytes = len(text) if text.isascii() else len(text.encode())
        return -(-num_bytes // self._longest_piece)

    @cached_property
    def _longest_piece(self) -> int:
        """Bytes of the longest token; white space and control tokens as they are written."""
        return max(len(self._model.piece(token_id, shows_control=True)) for token_id in range(self.size))

    def piece(self, token_id: int) -> bytes:
        """A token's bytes, which needn't be whole UTF-8; a control token's written form."""
        piece = self._pieces.get(token_id)
        if piece is None:
            piece = self._pieces[token_id] = self._model.piece(token_id, shows_control=True)
        return piece

    def text(self, token_id: int) -> bytes:
        """The bytes that a token adds to an answer: none for a control token."""
        text = self._texts.get(token_id)
        if text is None:
            text = self._texts[token_id] = self._model.piece(token_id, shows_control=False)
        return text

    def is_end_of_generation(self, token_id: int) -> bool:
        """Whether the token ends an answer."""
        is_end = self._is_end.get(token_id)
        if is_end is None:
            is_end = self._is_end[token_id] = self._model.is_end_of_generation(token_id)
        return is_end

    def is_control(self, token_id: int) -> bool:
        """Whether the token is a mark, as those with which chat templates begin and end messages."""
        is_control = self._is_control.get(token_id)
        if is_control is None:
            is_control = self._is_control[token_id] = self._model.is_control(token_id)
        return is_control
