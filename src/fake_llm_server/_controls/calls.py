"""The calls of a scope as a sequence that can be filtered."""

from typing import SupportsIndex, Unpack, overload

from fake_llm_server._controls.asked import CallFilters, list_filters
from fake_llm_server._controls.conditions import Pattern
from fake_llm_server._controls.received_call import ReceivedCall


class Calls(tuple[ReceivedCall, ...]):
    """Calls in the order in which they came; slices and filtered ones are such a sequence again."""

    __slots__ = ()

    def where(self, user: Pattern | None = None, **conditions: Unpack[CallFilters]) -> "Calls":
        """Those that meet all conditions.

        Args:
            user: the text of the user's last message.
            **conditions: further ones, as `FakeLLM.when` takes them, and two for the answer: `status` and
                `source`.

        Raises:
            ConfigurationError: a condition is none.
        """
        filters = list_filters(user, **conditions)
        return Calls(call for call in self if all(each.holds(call) for each in filters))

    @overload
    def __getitem__(self, key: SupportsIndex) -> ReceivedCall: ...
    @overload
    def __getitem__(self, key: slice) -> "Calls": ...

    def __getitem__(self, key: SupportsIndex | slice) -> "ReceivedCall | Calls":
        if isinstance(key, slice):
            return Calls(super().__getitem__(key))
        return super().__getitem__(key)

    def __repr__(self) -> str:
        return f"[{', '.join(map(repr, self))}]"
