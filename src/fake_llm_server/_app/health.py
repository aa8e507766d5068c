"""`GET /health`: whether the server can answer, for what waits for a service before it uses it.

It is no part of the contract, and needs no API key.
"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from fake_llm_server._api.shared.served_models import ServedModels

PATH = "/health"


def create_health_router(models: ServedModels) -> APIRouter:
    """Create the route.

    Args:
        models: asked one by one; none is loaded for that.
    """
    router = APIRouter()

    @router.get(PATH)
    async def get_health() -> JSONResponse:
        """200 if every model can answer, else 503; a model that isn't loaded yet can."""
        found = {name: await model.backend.health() for name, model in models.by_name.items()}
        is_alive = all(health.is_alive for health in found.values())
        loaded = {name: health.is_loaded for name, health in found.items()}
        body = {"status": "ok" if is_alive else "failing", "loaded": loaded}
        return JSONResponse(body, status_code=200 if is_alive else 503)

    return router
