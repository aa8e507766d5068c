"""The kinds of backends: each is made from a plan of its own, before anything is loaded."""

from collections.abc import Callable
from typing import Any

from fake_llm_server._backends.layers import add_layers
from fake_llm_server._backends.local.local_backend import LocalBackend
from fake_llm_server._backends.local.plan import LocalPlan
from fake_llm_server._backends.remote.backend import RemoteBackend
from fake_llm_server._backends.remote.plan import RemotePlan
from fake_llm_server._seam import Backend

BackendPlan = LocalPlan | RemotePlan
"""What a backend is made from."""

_KINDS: dict[type, Callable[[Any], Backend]] = {LocalPlan: LocalBackend, RemotePlan: RemoteBackend}


def create_backend(plan: BackendPlan) -> Backend:
    """Make the backend that a plan describes, with its layers; nothing is loaded yet."""
    return add_layers(_KINDS[type(plan)](plan))
