"""Calls and scopes: what they carry, and that scopes number their calls by themselves."""

from concurrent.futures import ThreadPoolExecutor

from fake_llm_server._seam import Call, GenerationRequest, Scope, Turn

HELLO = GenerationRequest(turns=(Turn("user", "Hello"),))


def test_ordinals_are_given_once_each() -> None:
    """However many threads ask at once, a scope numbers its calls from 0 without a gap."""
    scope = Scope("mine")
    with ThreadPoolExecutor(8) as threads:
        ordinals = list(threads.map(lambda _: scope.next_ordinal(), range(1000)))
    assert sorted(ordinals) == list(range(1000))


def test_scopes_count_by_themselves() -> None:
    """What one scope asks doesn't move another one's numbers."""
    mine, other = Scope("mine"), Scope("other")
    assert [mine.next_ordinal(), mine.next_ordinal(), other.next_ordinal()] == [0, 1, 0]


def test_a_changed_request_stays_the_same_call() -> None:
    """A shortened request belongs to whom the whole one belonged."""
    call = Call(HELLO, Scope("mine"), "createResponse", "gpt-4o", "req_1", ordinal=3, deadline_s=9.0)
    shorter = call.asking(GenerationRequest(turns=()))
    assert shorter.request.turns == ()
    assert call.asking(HELLO) == call
    assert (shorter.scope, shorter.ordinal, shorter.deadline_s) == (call.scope, 3, 9.0)
