"""One choice of a request: from rows of logits to tokens, text and events.

It knows neither slots nor threads: whoever drives it evaluates its `pending` tokens and hands it the
logits that follow them.
"""

from collections.abc import Sequence
from itertools import takewhile

from fake_llm_server._engine.constraints import Walk
from fake_llm_server._engine.logprobs import report_logprobs
from fake_llm_server._engine.repetition import RepetitionWatch
from fake_llm_server._engine.requests import ChoiceFinished, EngineEvent, EngineRequest, TextGenerated
from fake_llm_server._engine.sampling import Logits, Sampler
from fake_llm_server._engine.text_assembly import Assembled, TextAssembly
from fake_llm_server._engine.vocabulary import Vocabulary
from fake_llm_server._seam import TokenLogprob

_MAX_DRAWS = 8
"""Where the text may end, another token is drawn this often for one after which no end would be in reach."""


class Choice:
    """The generation of one choice.

    Args:
        index: among the request's choices.
        request: what was asked.
        max_tokens: most tokens that it may generate; 0 ends it after the prompt.
        vocabulary: of the model.
        walk: through the request's constraint, or None.

    Attributes:
        pending: generated tokens that the next logits need evaluated, in order.
        num_tokens: generated so far.
        finished: how it ended, or None.
    """

    def __init__(
        self,
        index: int,
        request: EngineRequest,
        max_tokens: int,
        vocabulary: Vocabulary,
        walk: Walk | None,
    ) -> None:
        self.index = index
        self.pending: list[int] = []
        self.num_tokens = 0
        self.finished: ChoiceFinished | None = None
        self._num_alternatives = request.num_top_logprobs
        self._max_tokens = max_tokens
        self._vocabulary = vocabulary
        self._walk = walk
        self._lead = None if walk is None else walk.lead
        self._sampler = Sampler(request.sampling, index)
        self._assembly = TextAssembly(request.stop)
        is_watched = request.ends_repetition and request.sampling.temperature == 0
        self._repetition = RepetitionWatch() if is_watched else None
        self._awaiting_logits: list[int] = []
        self._text: list[str] = []
        self._num_shown = 0
        self._logprobs: list[TokenLogprob] = []

    def advance(self, rows: Sequence[Logits]) -> list[EngineEvent]:
        """Generate from the logits after each pending token (or, at first, after the prompt).

        Raises:
            GenerationError: the constraint led nowhere.
        """
        awaited, self._awaiting_logits = self._awaiting_logits, []
        for token_id, logits in zip(awaited, rows, strict=False):
            self._add(token_id, logits)
        self._finish_if_complete()
        if self._max_tokens == 0:
            self._finish("length")
        if self.finished is None:
            self._draw(rows[-1])
        return self._take_events()

    @property
    def _num_left(self) -> int:
        return self._max_tokens - self.num_tokens

    def _draw(self, logits: Logits) -> None:
        if self._walk is None:
            self._take(self._sampler.draw(logits), logits)
            return
        closing = self._lead.find_closing(self._num_left) if self._lead is not None else []
        if closing and self._lead is not None and self._lead.take(closing, self._num_left):
            self._walk.consume(closing)
            self._take(closing[0], logits)
            if self.finished is None:
                self._append_forced(closing[1:])
            return
        token_id, num_left = self._draw_constrained(self._walk, logits), self._num_left
        if token_id is None:
            self._finish("length")
            return
        self._take(token_id, logits)
        if self.finished is None:
            self._append_forced(self._find_forced(self._walk, token_id, num_left - 1))

    def _draw_constrained(self, walk: Walk, logits: Logits) -> int | None:
        """A token that the constraint allows, and after which an end is in reach; None to end here."""
        allowed = walk.allowed()
        if self._lead is None:
            return self._sampler.draw(logits, allowed)
        for _ in range(_MAX_DRAWS):
            token_id = self._sampler.draw(logits, allowed)
            if self._vocabulary.is_end_of_generation(token_id) or self._lead.take([token_id], self._num_left):
                return token_id
            closing = self._lead.first_token()
            if closing is not None:
                self._lead.take([closing], self._num_left)
                return closing
            allowed[token_id] = False
        return None

    def _find_forced(self, walk: Walk, token_id: int, num_left: int) -> list[int]:
        """The tokens that are forced to follow; none where they would pass an end that is in reach."""
        forced = walk.advance(token_id)
        texts = list(takewhile(lambda token: not self._vocabulary.is_end_of_generation(token), forced))
        if texts and self._lead is not None and not self._lead.take(texts, num_left):
            walk.retract(len(forced))
            return []
        return texts

    def _take(self, token_id: int, logits: Logits) -> None:
        if self._vocabulary.is_end_of_generation(token_id):
            self._finish("stop")
            return
        self.pending = [token_id]
        self._add(token_id, logits)

    def _append_forced(self, forced: list[int]) -> None:
        """Append forced tokens; where logprobs are asked, they wait for the logits they are judged by."""
        texts = forced[: self._num_left]
        self.pending += texts
        if self._num_alternatives is not None:
            self._awaiting_logits = texts
            if texts:
                return
        for token_id in texts:
            self._add(token_id, None)
        self._finish_if_complete()

    def _add(self, token_id: int, logits: Logits | None) -> None:
        """Generate a token; `logits` are those before it, None where nobody asks."""
        if self.finished is not None:
            return
        self.num_tokens += 1
        self._sampler.count(token_id)
        if self._num_alternatives is not None and logits is not None:
            self._logprobs.append(report_logprobs(logits, token_id, self._num_alternatives, self._vocabulary))
        text = self._vocabulary.text(token_id)
        shown = self._assembly.push(text)
        self._show(shown)
        if shown.stop is not None:
            self._end("stop", shown.stop)
        elif self.num_tokens >= self._max_tokens:
            self._finish("length")
        elif self._repetition is not None and self._repetition.add(token_id, text):
            self._finish("stop")

    def _finish_if_complete(self) -> None:
        if self.finished is None and self._walk is not None and self._walk.is_complete:
            self._finish("stop")

    def _finish(self, reason: str) -> None:
        """End without a stop string, unless what was held back completes one."""
        shown = self._assembly.finish()
        self._show(shown)
        self._end("stop" if shown.stop else reason, shown.stop)

    def _end(self, reason: str, stop: str | None) -> None:
        is_whole = reason == "length" and self._lead is not None and self._lead.is_whole
        self.finished = ChoiceFinished(self.index, reason, self.num_tokens, stop, is_whole)
        self.pending = []

    def _show(self, shown: Assembled) -> None:
        self._text.append(shown.text)
        self._num_shown += shown.num_tokens

    def _take_events(self) -> list[EngineEvent]:
        events: list[EngineEvent] = []
        text = "".join(self._text)
        if text or self._num_shown:
            logprobs = tuple(self._logprobs[: self._num_shown])
            events.append(TextGenerated(self.index, text, self._num_shown, logprobs))
        del self._logprobs[: self._num_shown]
        self._text.clear()
        self._num_shown = 0
        if self.finished is not None:
            events.append(self.finished)
        return events
