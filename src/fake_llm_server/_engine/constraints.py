"""Languages that a text must lie in, compiled by llguidance.

A compiled constraint is remembered by its source, and so is a refusal, so that a schema costs its compilation
once; each choice walks a copy of its own. llguidance's tokenizer is made once for each vocabulary. What may
take long is tried out in another process first (`constraint_cost`, `trial_process`).
"""

import hashlib
import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from llguidance import LLTokenizer

from fake_llm_server._engine.byte_language import ByteLanguage
from fake_llm_server._engine.constraint_cost import MAX_CHARACTERS, may_be_slow
from fake_llm_server._engine.constraint_trial import (
    ConstraintFault,
    allowed_tokens,
    check_matcher,
    compile_matcher,
)
from fake_llm_server._engine.constraint_words import word_fault
from fake_llm_server._engine.ending import Ends, Lead
from fake_llm_server._engine.native import NativeModel
from fake_llm_server._engine.sampling import Mask
from fake_llm_server._engine.trial_process import TrialProcess
from fake_llm_server._errors import ConstraintError
from fake_llm_server._seam import Constraint

logger = logging.getLogger(__name__)

_MAX_COMPILED = 128
_KIND_NAMES = {"json_schema": "JSON schema", "regex": "regular expression", "lark": "Lark grammar"}


class Walk:
    """One choice's way through a constraint's language.

    A constraint may turn out to be too complex, or to lead nowhere, only after some tokens: that is a
    ConstraintError all the same.

    Args:
        matcher: at the start of the language; the walk owns it.
        vocabulary_size: number of tokens.
        lead: as below.

    Attributes:
        lead: what leads the text to an end before its limit, or None.
    """

    def __init__(self, matcher: Any, vocabulary_size: int, lead: Lead | None = None) -> None:
        self.lead = lead
        self._matcher = matcher
        self._size = vocabulary_size

    def allowed(self) -> Mask:
        """Which tokens may come next; end-of-generation tokens among them where the text may end.

        Raises:
            ConstraintError: none may come, or the constraint is too complex to follow.
        """
        try:
            mask: Mask = allowed_tokens(self._matcher, self._size)
        except ConstraintFault as fault:
            raise ConstraintError(word_fault(str(fault))) from fault
        return mask

    def consume(self, tokens: list[int]) -> None:
        """Take tokens.

        Raises:
            ConstraintError: the constraint is too complex to follow.
        """
        self._matcher.consume_tokens(tokens)
        self._check()

    def retract(self, num_tokens: int) -> None:
        """Give back the last tokens.

        Raises:
            ConstraintError: they can't be given back.
        """
        self._matcher.rollback(num_tokens)
        self._check()

    def advance(self, token_id: int) -> list[int]:
        """Take a token, and all that are forced to follow it.

        Returns:
            The forced tokens, in order; the walk has taken them already.

        Raises:
            ConstraintError: the constraint is too complex to follow.
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
        try:
            check_matcher(self._matcher)
        except ConstraintFault as fault:
            raise ConstraintError(word_fault(str(fault))) from fault


@dataclass(slots=True, eq=False)
class _Compiled:
    """What became of a constraint: a matcher, or why there is none. Whoever compiles it holds the lock.

    Attributes:
        looks_slow: whether it may take long to compile; None if nobody has looked.
        ends: of its texts, once somebody asked for them.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    matcher: Any = None
    fault: str | None = None
    looks_slow: bool | None = None
    ends: Ends | None = None

    @property
    def is_known(self) -> bool:
        """Whether it was compiled."""
        return self.matcher is not None or self.fault is not None


class ConstraintCompiler:
    """Compiles constraints for one vocabulary; any thread may call it.

    Args:
        model: whose vocabulary.
    """

    def __init__(self, model: NativeModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._compiled: OrderedDict[bytes, _Compiled] = OrderedDict()
        self._trials = TrialProcess(model.read_vocabulary)

    @cached_property
    def _tokenizer(self) -> LLTokenizer:
        return self._model.create_constraint_tokenizer()

    @cached_property
    def _byte_language(self) -> ByteLanguage:
        return ByteLanguage(*self._model.read_vocabulary())

    def may_be_slow(self, constraint: Constraint) -> bool:
        """Whether `begin` may take long; it doesn't for what it knows."""
        compiled = self._find(constraint)
        return not compiled.is_known and _look_at(constraint, compiled)

    def begin(self, constraint: Constraint, led_tokens: int = 0) -> Walk:
        """A walk at the start of the constraint's language.

        Args:
            constraint: of the text.
            led_tokens: tokens within which the text is led to an end; 0 doesn't lead it.

        Raises:
            ConstraintError: it is malformed, contradictory, unsupported or too complex.
        """
        compiled = self._compile(constraint)
        if compiled.fault is not None:
            raise ConstraintError(f"Invalid {_KIND_NAMES[constraint.kind]}: {compiled.fault}")
        lead = self._lead(compiled, constraint, led_tokens) if led_tokens else None
        return Walk(compiled.matcher.deep_copy(), self._model.vocabulary_size, lead)

    def _lead(self, compiled: _Compiled, constraint: Constraint, led_tokens: int) -> Lead:
        with compiled.lock:
            if compiled.ends is None:
                compiled.ends = Ends(constraint, self._byte_language)
            return Lead(compiled.ends, led_tokens)

    def fits(self, constraint: Constraint, num_tokens: int) -> bool:
        """Whether some whole text has so few tokens; True as well where none was found.

        Raises:
            ConstraintError: as `begin` does.
        """
        lead = self.begin(constraint, num_tokens).lead
        return lead is None or not lead.is_hopeless

    def find_fault(self, constraint: Constraint) -> str | None:
        """Why a constraint can't be used, or None if it can."""
        return self._compile(constraint).fault

    def close(self) -> None:
        """End the process in which constraints are tried out; the next one starts another."""
        self._trials.close()

    def _find(self, constraint: Constraint) -> _Compiled:
        """What is remembered of a constraint."""
        identity = hashlib.sha256(f"{constraint.kind} {constraint.source}".encode()).digest()
        with self._lock:
            compiled = self._compiled.setdefault(identity, _Compiled())
            self._compiled.move_to_end(identity)
            if len(self._compiled) > _MAX_COMPILED:
                self._compiled.popitem(last=False)
        return compiled

    def _compile(self, constraint: Constraint) -> _Compiled:
        compiled = self._find(constraint)
        with compiled.lock:
            if not compiled.is_known:
                compiled.fault = self._find_limit_passed(constraint, compiled)
                if compiled.fault is None:
                    self._compile_here(constraint, compiled)
        return compiled

    def _find_limit_passed(self, constraint: Constraint, compiled: _Compiled) -> str | None:
        """Why a constraint shouldn't be compiled in this process."""
        if len(constraint.source) > MAX_CHARACTERS:
            return f"It is too complex: it has more than {MAX_CHARACTERS:,} characters."
        if not _look_at(constraint, compiled):
            return None
        try:
            fault = self._trials.find_fault(constraint.kind, constraint.source)
        except OSError:
            logger.exception("Constraints can't be tried out in a process of their own")
            return None
        return None if fault is None else _word_for(constraint, fault)

    def _compile_here(self, constraint: Constraint, compiled: _Compiled) -> None:
        try:
            matcher = compile_matcher(self._tokenizer, constraint.kind, constraint.source)
            allowed_tokens(matcher.deep_copy(), self._model.vocabulary_size)
        except ConstraintFault as fault:
            compiled.fault = _word_for(constraint, str(fault))
        else:
            compiled.matcher = matcher


def _word_for(constraint: Constraint, fault: str) -> str:
    return word_fault(fault, has_lines=constraint.kind == "lark")


def _look_at(constraint: Constraint, compiled: _Compiled) -> bool:
    """Whether a constraint looks slow: a long text is looked at once."""
    if compiled.looks_slow is None:
        compiled.looks_slow = may_be_slow(constraint)
    return compiled.looks_slow
