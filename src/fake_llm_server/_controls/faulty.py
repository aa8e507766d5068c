"""The methods that have something go wrong: of a reply, and of a rule that lies over whatever answers."""

from dataclasses import replace
from typing import Self

from fake_llm_server._controls.faults import Break, Corruption, Ending, Faults, Garbling, Pace, Place, Stall
from fake_llm_server._controls.lies import Lie, check_lie


class Faulty:
    """What has faults. Each method gives it one more, in the place of one of the same kind."""

    __slots__ = ()

    faults: Faults

    def cut(
        self,
        after: int | None = None,
        *,
        after_events: int | None = None,
        at: Place | None = None,
        how: Ending = "close",
    ) -> Self:
        """Have the reply end before it is whole; without a place, before it begins.

        Args:
            after: pieces of the answer that a stream brings before. An answer that isn't streamed ends before
                it begins.
            after_events: the same in events of the stream, or messages of a WebSocket.
            at: inside of a `character` of several bytes, inside of an `escape` of JSON, in the `middle` of an
                event or of a body, or before a stream is `done`.
            how: the connection is closed (`close`), or reset (`reset`), or our side of it ends while the
                client's stays open (`half_close`), or the reply ends as if it were whole (`end`).
        """
        return self._with(replace(self.faults, breaks=Break(after, after_events, at, how)))

    def hang(
        self, after: int | None = None, *, after_events: int | None = None, at: Place | None = None
    ) -> Self:
        """Have nothing more come until the client leaves; without a place, not even the reply's beginning.

        Args:
            after: as of `cut`.
            after_events: as of `cut`.
            at: as of `cut`.
        """
        return self._with(replace(self.faults, breaks=Break(after, after_events, at, None)))

    def slow(
        self,
        *,
        first_token_s: float = 0.0,
        tokens_per_s: float | None = None,
        jitter: float = 0.0,
        seed: int = 0,
    ) -> Self:
        """Have the answer take its time; an answer that isn't streamed takes as long.

        Args:
            first_token_s: before its first piece, or before an error.
            tokens_per_s: pieces in a second; None is as fast as they can.
            jitter: the share of itself by which each wait is longer or shorter, at most; from 0 to 1.
            seed: of the jitter: the same call of a scope has the same waits in every run.
        """
        return self._with(replace(self.faults, pace=Pace(first_token_s, tokens_per_s, jitter, seed)))

    def stall(self, seconds: float, after: int = 1) -> Self:
        """Have the answer pause, and go on.

        Args:
            seconds: how long.
            after: pieces of the answer that come before.
        """
        return self._with(replace(self.faults, stall=Stall(seconds, after)))

    def corrupt(self, what: Corruption, after_events: int | None = None) -> Self:
        """Have the bytes of the reply be wrong, as a bad proxy's are.

        Args:
            what: an event or a body is `malformed` (half of it is missing) or `duplicated`; the
                `content_type` is `text/html`; a proxy's page in `html` is all that comes; the reply is
                `empty`.
            after_events: events of a stream that come before the wrong one; None is the first one that
                brings a piece of the answer.
        """
        return self._with(replace(self.faults, garbling=Garbling(what, after_events)))

    def wrong(self, what: Lie) -> Self:
        """Have the answer break the contract, as a bad model or a careless server would.

        Args:
            what: `json` loses the last character of texts and arguments; `arguments` are such as no schema
                asks for; `schema` is JSON that breaks the request's own schema; `name` is of a tool that
                isn't offered; `id` is a call's that isn't the one announced, or is empty; `empty` has no text
                and no call; `refusal` declines; `length` and `content_filter` stop in the middle.
        """
        check_lie(what)
        return self._with(replace(self.faults, lie=what))

    def _with(self, faults: Faults) -> Self:
        raise NotImplementedError
