"""Cuts lists that are at hand into pages, as OpenAI's list operations do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from fake_llm_server._errors import NotFoundError

DEFAULT_LIMIT = 20
"""Objects of a page where the client names no limit."""


class Identified(Protocol):
    """Anything that a page may end after."""

    @property
    def id(self) -> str | None:
        """Names the object."""


T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """A part of a list, and whether there is more of it."""

    data: list[T]
    has_more: bool

    @property
    def first_id(self) -> str:
        """Id of the first object; empty for an empty page."""
        return (self.data[0].id or "") if self.data else ""

    @property
    def last_id(self) -> str:
        """Id of the last object, which the next page comes after; empty for an empty page."""
        return (self.data[-1].id or "") if self.data else ""


def take_page(
    items: Sequence[T],
    *,
    after: str | None,
    limit: int | None,
    order: Literal["asc", "desc"],
    noun: str,
) -> ListPage[T]:
    """Take a page of a list that stands in ascending order.

    Args:
        items: the whole list.
        after: id of the object that the page follows; None begins.
        limit: most objects of the page; None takes the default.
        order: in which the pages follow each other.
        noun: what an object is called in the error.

    Raises:
        NotFoundError: `after` names no object of the list.
    """
    ordered = list(items) if order == "asc" else list(reversed(items))
    start = 0
    if after is not None:
        ids = [item.id for item in ordered]
        if after not in ids:
            raise NotFoundError(f"{noun} with id '{after}' not found.", param="after", code="not_found")
        start = ids.index(after) + 1
    end = start + (limit or DEFAULT_LIMIT)
    return ListPage(ordered[start:end], has_more=len(ordered) > end)
