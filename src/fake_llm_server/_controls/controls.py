"""What a scope is to answer, and what it was asked: script, rules, journal, faults found."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from fake_llm_server._controls.journal import Journal
from fake_llm_server._controls.received_call import ReceivedCall
from fake_llm_server._controls.reply import Reply
from fake_llm_server._controls.rule import Rule
from fake_llm_server._controls.verdicts import judge
from fake_llm_server._errors import ScriptError
from fake_llm_server._seam import Scope

SCRIPTED = frozenset({"createChatCompletion", "createResponse"})
"""The operations that a script answers; what the model does in between, such as a summary, is not one."""

_MODEL = Reply()
_MAX_NEAR = 3


class Controls:
    """The controls of one scope. The test's thread writes them, the server's reads them.

    Attributes:
        is_strict: whether a call that nothing was written for is a fault, instead of the model's to answer.
        may_be_unused: whether replies may be left at the end.
        journal: what came, and what was answered.
        judged: the kinds of verdicts on the client that are faults.
    """

    def __init__(self) -> None:
        self.journal = Journal()
        self._lock = threading.RLock()  # a rule's function may look at the calls
        self.forget()

    def forget(self) -> None:
        """Be as new, but for the journal: nothing is scripted, and nothing is left to be told."""
        with self._lock:
            self.is_strict = False
            self.may_be_unused = False
            self.judged: frozenset[str] = frozenset()
            self._told: set[str] = set()
            self._script: deque[Reply] = deque()
            self._num_used = 0
            self._rules: list[Rule] = []
            self._faults: list[str] = []
            self._broken: list[tuple[ReceivedCall, Reply | None]] = []

    def add_replies(self, replies: list[Reply]) -> None:
        """Put replies at the end of the script."""
        with self._lock:
            self._script.extend(replies)

    def add_rule(self, rule: Rule) -> None:
        """Have a rule answer from now on."""
        with self._lock:
            rule.find_shadowed = self._find_shadowed
            self._rules.append(rule)

    def _find_shadowed(self, new: Rule) -> list[str]:
        """Words for each rule that can never answer because of a new one, and for that one itself."""
        with self._lock:
            others = [rule for rule in self._rules if rule is not new and rule.is_complete]
        hiding = next((rule for rule in others if self._goes_before(rule, new) and rule.hides(new)), None)
        if hiding is not None:
            return [_word_shadow(new, hiding)]
        return [
            _word_shadow(rule, new)
            for rule in others
            if rule.num_answered == 0 and self._goes_before(new, rule) and new.hides(rule)
        ]

    def _goes_before(self, rule: Rule, other: Rule) -> bool:
        """Whether a rule answers what both match: the most specific does, and of equals the newest."""
        num, num_other = rule.specificity, other.specificity
        return num > num_other or (num == num_other and self._rules.index(rule) > self._rules.index(other))

    @property
    def script(self) -> tuple[Reply, ...]:
        """The replies that are left."""
        with self._lock:
            return tuple(self._script)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, the oldest first."""
        with self._lock:
            return tuple(self._rules)

    def clear_script(self) -> None:
        """Forget the replies that are left."""
        with self._lock:
            self._script.clear()

    def clear_rules(self) -> None:
        """Forget all rules."""
        with self._lock:
            self._rules.clear()

    def report(self, fault: ScriptError) -> None:
        """Keep a fault for the test."""
        with self._lock:
            self._faults.append(str(fault))

    def offer_again(self, calls: Sequence[ReceivedCall]) -> None:
        """Have the replies to calls, whose connection breaks, answer the next ones that ask the same."""
        with self._lock:
            for received in calls:
                received.error = "The connection was broken on purpose."
                received.is_broken = True
                self._broken.append((received, None))

    def _take_broken(self, received: ReceivedCall) -> Reply | None:
        """The reply that was broken off to a call that asked the same, if there is one."""
        asked = (received.operation, received.request)
        self._broken = [pair for pair in self._broken if pair[0].is_broken or pair[0].usage is None]
        for number, (broken, reply) in enumerate(self._broken):
            if broken.is_broken and (broken.operation, broken.request) == asked:
                del self._broken[number]
                received.source = broken.source
                return broken.written if reply is None else reply
        return None

    def choose(self, received: ReceivedCall) -> Reply:
        """Take the reply to a call, and write into `received` where it came from.

        Raises:
            ScriptError: the scope is strict, and nothing was written for the call.
        """
        with self._lock:
            over = self._find_rule(received, is_over=True)
            if over is not None:
                over.num_answered += 1
                if over.error is not None:
                    received.source = "rule"
                    return over.error
            reply = self._take_broken(received) if self._broken else None
            reply = reply or self._take_answer(received)
            if over is None:
                return reply
            if over.faults.breaks is not None:
                self._broken.append((received, reply))
            return replace(reply, faults=reply.faults.under(over.faults))

    def _take_answer(self, received: ReceivedCall) -> Reply:
        if self._script and received.operation in SCRIPTED:
            received.source = "script"
            return self._take_scripted()
        rule = self._find_rule(received, is_over=False)
        if rule is not None:
            received.source = "rule"
            return rule.take()
        if self.is_strict and received.operation in SCRIPTED:
            received.source = "nobody"
            raise ScriptError(self._word_unmatched(received))
        return _MODEL

    def _take_scripted(self) -> Reply:
        """The next reply; a last one that is the model's stays, and answers all that comes."""
        if len(self._script) == 1 and self._script[0] == _MODEL:
            return _MODEL
        self._num_used += 1
        return self._script.popleft()

    def _find_rule(self, received: ReceivedCall, *, is_over: bool) -> Rule | None:
        """The most specific rule among those that match, and lie over others or not; of equals the newest."""
        is_scripted = received.operation in SCRIPTED
        matching = [
            rule
            for rule in self._rules
            if rule.is_over == is_over and (is_scripted or rule.names_operation) and rule.matches(received)
        ]
        return max(reversed(matching), key=lambda rule: rule.specificity, default=None)

    def take_faults(self) -> list[str]:
        """What a test must be told, once: faults, replies that nobody asked for, and verdicts that count."""
        verdicts = self._judge() if self.judged else []
        with self._lock:
            faults, self._faults = self._faults, []
            faults += [words for words in verdicts if words not in self._told]
            self._told.update(verdicts)
            for rule in [rule for rule in self._rules if not rule.is_complete]:
                faults.append(f"{rule} has no then(…): say what it answers, or leave it out.")
                self._rules.remove(rule)
            left = [each for each in self._script if each != _MODEL]
            if left and not self.may_be_unused:
                total = self._num_used + len(self._script)
                faults.append(
                    f"{len(left)} of {total} scripted replies were not used; the next one is "
                    f"{left[0].shown}. Calls that came: {len(self.journal.calls)}. "
                    "(allow_unused=True lets replies be left.)"
                )
                self._script.clear()
        return faults

    def _judge(self) -> list[str]:
        return [str(verdict) for verdict in judge(self.journal) if verdict.kind in self.judged]

    def _word_unmatched(self, received: ReceivedCall) -> str:
        tools = ", ".join(tool.name for tool in received.tools)
        begin = (
            f"Nothing was written for this call (strict): {received.operation} of {received.model!r}, "
            f"user {_shorten(received.user_text)!r}{f', tools {_shorten(tools)}' if tools else ''}."
        )
        unmet = sorted(
            ((rule.list_unmet(received), rule) for rule in self._rules if not rule.is_over),
            key=lambda pair: len(pair[0]),
        )
        near = [f"  {rule}: {'; '.join(words)}" for words, rule in unmet[:_MAX_NEAR]]
        if self._num_used:
            begin += f" All replies of the script are used up ({self._num_used})."
        return "\n".join(
            [begin, *(["The nearest rules, and what kept them from answering:"] if near else []), *near]
        )


def forget_written(scope: Scope) -> None:
    """Have a scope be as one that has just been opened, but for its journal, its clock and its ids."""
    scope.rules = None
    scope.own(Controls).forget()
    scope.forget_all_but(Controls)


def _word_shadow(hidden: Rule, hiding: Rule) -> str:
    limit = "" if hidden.times is None else f", times={hidden.times}"
    return (
        f"{hidden}{limit} can never answer: {hiding} goes before it, and answers every call that it matches. "
        "Give it a condition more, give the other `times`, or leave it out."
    )


def _shorten(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[:length]}…"
