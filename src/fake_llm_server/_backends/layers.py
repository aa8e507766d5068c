"""What stands between a call and the backend that was planned for it: scripts, caches, and the like.

A layer is a backend around another one. It answers a call itself, or passes it on; the handlers can't tell.
"""

from collections.abc import Callable

from fake_llm_server._seam import Backend

Layer = Callable[[Backend], Backend]

LAYERS: list[Layer] = []
"""The layers of every backend that this process makes from now on, outermost first."""


def add_layers(backend: Backend) -> Backend:
    """The backend with all layers around it."""
    for layer in reversed(LAYERS):
        backend = layer(backend)
    return backend
