"""Languages that a text must lie in, compiled by llguidance.

A compiled constraint is cached by its source, so that a schema costs its compilation once; each choice
walks a copy of its own. llguidance's tokenizer is made once for each vocabulary.
"""

import json
import threading
from collections import OrderedDict
from functools import cached_property
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLTokenizer

from fake_llm_server._engine.native import NativeModel
from fake_llm_server._engine.sampling import Mask
from fake_llm_server._errors import ConstraintError, GenerationError
from fake_llm_server._seam import Constraint

_MAX_COMPILED = 128
_KIND_NAMES = {"json_schema": "JSON schema", "regex": "regular expression", "lark": "Lark grammar"}
# Whitespace between JSON tokens is never wanted, and a small model may emit it without end.
_COMPACT_JSON: Any = {"whitespace_flexible": False}


class Walk:
    """One choice's way through a constraint's language.

    Args:
        matcher: at the start of the language; the walk owns it.
        vocabulary_size: number of tokens.
    """

    def __init__(self, matcher: Any, vocabulary_size: int) -> None:
        self._matcher = matcher
        self._size = vocabulary_size

    def allowed(self) -> Mask:
        """Which tokens may come next; end-of-generation tokens among them where the text may end.

        Raises:
            GenerationError: none may come: the constraint led into a dead end.
        """
        packed = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        self._check()
        bits = np.unpackbits(packed, count=self._size, bitorder="little")
        if not bits.any():
            raise GenerationError("The constraint allows no further token, though its text isn't complete.")
        return bits.view(np.bool_)

    def advance(self, token_id: int) -> list[int]:
        """Take a token, and all that are forced to follow it.

        Returns:
            The forced tokens, in order; the walk has taken them already.

        Raises:
            GenerationError: the constraint became too complex to follow.
        """
        self._matcher.consume_token(token_id)
        self._check()
        forced = self._matcher.compute_ff_tokens()
        if forced:
            self._matcher.consume_tokens(forced)
            self._check()
        return list(forced)

    @property
    def is_complete(self) -> bool:
        """Whether the text is complete and nothing can follow."""
        return bool(self._matcher.is_stopped())

    def _check(self) -> None:
        if self._matcher.is_error():
            raise GenerationError(f"The constraint can't be followed further: {self._matcher.get_error()}")


class ConstraintCompiler:
    """Compiles constraints for one vocabulary; any thread may call it."""

    def __init__(self, model: NativeModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._compiled: OrderedDict[Constraint, Any] = OrderedDict()

    @cached_property
    def _tokenizer(self) -> LLTokenizer:
        return self._model.create_constraint_tokenizer()

    def begin(self, constraint: Constraint) -> Walk:
        """A walk at the start of the constraint's language.

        Raises:
            ConstraintError: it is malformed, contradictory or unsupported.
        """
        with self._lock:
            matcher = self._compiled.get(constraint)
            if matcher is None:
                matcher = self._compiled[constraint] = self._compile(constraint)
                if len(self._compiled) > _MAX_COMPILED:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(constraint)
            return Walk(matcher.deep_copy(), self._model.vocabulary_size)

    def _compile(self, constraint: Constraint) -> Any:
        name = _KIND_NAMES[constraint.kind]
        try:
            matcher = LLMatcher(self._tokenizer, _write_grammar(constraint), log_level=0)
        except ValueError as error:
            raise ConstraintError(f"Invalid {name}: {error}") from error
        if matcher.is_error():
            raise ConstraintError(f"Invalid {name}: {matcher.get_error()}")
        try:
            Walk(matcher.deep_copy(), self._model.vocabulary_size).allowed()
        except GenerationError as error:
            raise ConstraintError(f"The {name} allows no text at all: {error}") from error
        return matcher


def _write_grammar(constraint: Constraint) -> str:
    match constraint.kind:
        case "json_schema":
            schema = json.loads(constraint.source)
            return str(LLMatcher.grammar_from_json_schema(json.dumps(schema), defaults=_COMPACT_JSON))
        case "regex":
            return str(LLMatcher.grammar_from_regex(constraint.source))
        case "lark":
            return str(LLMatcher.grammar_from_lark(constraint.source))
