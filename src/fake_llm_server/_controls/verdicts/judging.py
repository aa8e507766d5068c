"""All judges together."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from fake_llm_server._controls.journal import Journal
from fake_llm_server._controls.verdicts.conversations import judge_caches, judge_parts
from fake_llm_server._controls.verdicts.retries import judge_retries, judge_twins, judge_waits
from fake_llm_server._controls.verdicts.streams import judge_leaving
from fake_llm_server._controls.verdicts.tool_results import judge_results
from fake_llm_server._controls.verdicts.verdict import KINDS, Verdict
from fake_llm_server._errors import ConfigurationError


def judge(journal: Journal) -> list[Verdict]:
    """All verdicts on the client of a scope, by the requests in which they were seen.

    A request that is still under way is waited for, but not for long: its client may just have left.
    """
    journal.wait_until_quiet()
    requests, calls = journal.requests, journal.calls
    found: Iterator[Verdict] = chain(
        judge_retries(requests),
        judge_waits(requests),
        judge_twins(requests),
        judge_leaving(requests),
        judge_results(requests),
        judge_parts(calls),
        judge_caches(calls),
    )
    return sorted(found, key=lambda verdict: [request.number for request in verdict.requests])


def read_kinds(given: bool | str | Iterable[str]) -> frozenset[str]:  # noqa: FBT001 - what `judge=` takes
    """The kinds of verdicts that fail a test.

    Args:
        given: True is all of them, False none; or the names of some.

    Raises:
        ConfigurationError: one is no kind.
    """
    if isinstance(given, bool):
        return frozenset(KINDS) if given else frozenset()
    names: Collection[str] = [given] if isinstance(given, str) else list(given)
    for name in names:
        if name not in KINDS:
            raise ConfigurationError(f"A verdict is one of {', '.join(KINDS)}; it was {name!r}.")
    return frozenset(names)
