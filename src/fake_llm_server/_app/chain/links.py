"""The way of a request before it reaches a route: what it passes, in order.

Each link is a pure ASGI application around the next one, so that streams and disconnected clients pass
unchanged. A link that refuses a request answers in OpenAI's error envelope.
"""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from fake_llm_server._api.shared.request_ids import HEADERS
from fake_llm_server._app.chain.api_keys import ApiKeys
from fake_llm_server._app.chain.body_limits import BodyLimits
from fake_llm_server._app.chain.call_contexts import CallContexts
from fake_llm_server._app.chain.client_watch import ClientWatch
from fake_llm_server._app.chain.connection_breaks import ConnectionBreakLink
from fake_llm_server._app.chain.content_encodings import ContentEncodings
from fake_llm_server._app.chain.control_keys import ControlKeys
from fake_llm_server._app.chain.failures import Failures
from fake_llm_server._app.chain.journal import JournalLink
from fake_llm_server._app.chain.operations import Operations
from fake_llm_server._app.chain.origins import WebSocketOrigins
from fake_llm_server._app.chain.own_replies import OwnReplies
from fake_llm_server._app.chain.rate_limit_headers import RateLimitHeaders
from fake_llm_server._app.chain.reply_headers import READ_BY_CLIENTS, ReplyHeaders
from fake_llm_server._app.chain.request_targets import RequestTargets
from fake_llm_server._app.chain.wire_faults import WireFaults
from fake_llm_server._app.control import find_header_reader
from fake_llm_server._app.scopes import Scopes
from fake_llm_server._settings import ServerSettings


def create_request_chain(
    settings: ServerSettings, scopes: Scopes, routers: Sequence[APIRouter]
) -> list[Middleware]:
    """List the links, outermost first.

    Args:
        settings: of the server.
        scopes: of the server.
        routers: of the API groups; they are served below `API_PREFIX`.
    """
    chain = [
        Middleware(JournalLink, scopes=scopes),
        Middleware(ReplyHeaders),
        Middleware(Failures),
        Middleware(RequestTargets),
        Middleware(WebSocketOrigins, allowed=settings.cors_origins),
        Middleware(ApiKeys, keys=settings.api_keys, scopes=scopes),
        *([] if settings.control_key is None else [Middleware(ControlKeys, key=settings.control_key)]),
        Middleware(CallContexts, scopes=scopes, settings=settings),
        Middleware(OwnReplies, read=find_header_reader(settings)),
        Middleware(RateLimitHeaders),
        Middleware(ConnectionBreakLink),
        Middleware(WireFaults),
        Middleware(BodyLimits, max_bytes=settings.max_body_bytes, timeout_s=settings.body_timeout_s),
        Middleware(ContentEncodings, max_bytes=settings.max_body_bytes),
        Middleware(ClientWatch),
        Middleware(Operations, routers=routers),
    ]
    if settings.cors_origins:
        # Before the keys: a browser asks for permission without one.
        chain.insert(
            4,
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["*"],
                expose_headers=[*READ_BY_CLIENTS, *HEADERS],
            ),
        )
    return chain
