"""What an API group is: one package of `_api`, made of what the server lends it.

A group's package has a function `create_api`; a line in `_app/apis.py` has the server serve it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fastapi import APIRouter

from fake_llm_server._api.shared.object_ids import ObjectIds
from fake_llm_server._api.shared.served_models import ServedModels
from fake_llm_server._store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """What the server lends its API groups; they close none of it.

    Attributes:
        models: what is served.
        ids: gives out ids.
        store: keeps what clients ask to keep.
    """

    models: ServedModels
    ids: ObjectIds
    store: Store


async def _close_nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Api:
    """An API group that can be served.

    Attributes:
        routers: its routes, without the API's prefix.
        aclose: ends what runs beyond a request; called once, while the models and the store still work.
    """

    routers: Sequence[APIRouter]
    aclose: Callable[[], Awaitable[None]] = _close_nothing


CreateApi: TypeAlias = Callable[[Services], Api]
