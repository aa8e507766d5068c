"""Moves the clock of a scope."""

from fastapi import APIRouter

from fake_llm_server._control_api.open_scopes import OpenScopes
from fake_llm_server._control_api.operations.naming import ScopeName, find_scope
from fake_llm_server._control_api.wire import Advance, ClockState, Freeze, describe_clock


def add_clock(router: APIRouter, scopes: OpenScopes) -> None:
    """Add the operations to a router."""

    @router.post("/scopes/{scope}/advance")
    async def advance_clock(scope: ScopeName, by: Advance) -> ClockState:
        """Move the scope's clock on, so that what waits by it goes on."""
        clock = find_scope(scopes, scope).clock
        clock.advance(by.seconds)
        return describe_clock(clock)

    @router.post("/scopes/{scope}/freeze")
    async def freeze_clock(scope: ScopeName, when: Freeze) -> ClockState:
        """Have the scope's time stand still but for `advance`, at a date where one is given."""
        clock = find_scope(scopes, scope).clock
        clock.freeze(when.at)
        return describe_clock(clock)

    @router.post("/scopes/{scope}/resume")
    async def resume_clock(scope: ScopeName) -> ClockState:
        """Have the scope's time pass again."""
        clock = find_scope(scopes, scope).clock
        clock.resume()
        return describe_clock(clock)
