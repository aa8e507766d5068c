"""Control over HTTP and by a file, where the settings turn it on; elsewhere nothing of it is imported."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from fastapi import APIRouter

from fake_llm_server._app.apis import API_PREFIX
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._control_api import CONTROL_PREFIX
from fake_llm_server._controls import Reply
from fake_llm_server._errors import PermissionDeniedError
from fake_llm_server._settings import ServerSettings

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_control_routes(settings: ServerSettings, scopes: Scopes) -> APIRouter:
    """The routes of the control API; where it is off, they say how it is turned on."""
    if settings.control_key is None:
        return _create_refusals()
    from fake_llm_server._control_api.routes import (  # noqa: PLC0415 - nothing is paid for that isn't used
        create_control_router,
    )

    return create_control_router(scopes, api_prefix=API_PREFIX)


def find_header_reader(settings: ServerSettings) -> Callable[[bytes], Reply] | None:
    """What reads the header of a request's own reply; None where control over HTTP is off."""
    if settings.control_key is None:
        return None
    from fake_llm_server._control_api.header import read_reply_header  # noqa: PLC0415 - as above

    return read_reply_header


def check_script(settings: ServerSettings) -> None:
    """Fail for what a script file can't have now, before models are loaded.

    Raises:
        ConfigurationError: where and why.
    """
    if settings.script is None:
        return
    from fake_llm_server._control_api.files.script_file import read_script_file  # noqa: PLC0415 - as above

    read_script_file(settings.script)


@contextlib.asynccontextmanager
async def following_script(file: Path, scopes: Scopes) -> AsyncGenerator[None, None]:
    """Keep scopes as a script file says, as long as the server lives."""
    from fake_llm_server._control_api.files.watching import WatchedScript  # noqa: PLC0415 - as above

    script = WatchedScript(file, scopes)
    await script.apply()
    watching = asyncio.create_task(script.watch())
    try:
        yield
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def _create_refusals() -> APIRouter:
    router = APIRouter(prefix=CONTROL_PREFIX)

    @router.api_route("/{path:path}", methods=_METHODS)
    async def refuse() -> None:
        raise PermissionDeniedError(
            "Control over HTTP is off: start the server with the setting 'control_key' (the flag "
            "--control-key, the variable FAKE_LLM_SERVER_CONTROL_KEY)."
        )

    return router
