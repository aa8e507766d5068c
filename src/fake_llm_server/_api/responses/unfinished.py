"""Responses that aren't finished: which ones they are, and what ends those of other servers.

A server that runs a background response holds a lease on it, which it renews while it lives. Until the lease
expires, other servers on the store report the response as it was stored last; afterwards it has failed.
"""

from dataclasses import replace
from typing import Literal

from fake_llm_server._contract import dump_json
from fake_llm_server._generated.responses.wire import Response, ResponseError
from fake_llm_server._store.protocol import Store, StoredObject

UNFINISHED = ("queued", "in_progress")
"""The statuses of a response to which more may come."""

LEASE_S = 15.0
"""How long a server holds a response without a sign of life."""


async def end_stored(
    store: Store,
    scope: str,
    stored: StoredObject,
    response: Response,
    status: Literal["failed", "cancelled"],
) -> Response | None:
    """End a response that this server doesn't run.

    Args:
        store: where it is.
        scope: whose it is.
        stored: as it was found; it is changed only if its lease is still the same.
        response: what `stored` holds.
        status: how it ends.

    Returns:
        The response as it ended, or None if it was changed in the meantime.
    """
    changes: dict[str, object] = {"status": status}
    if status == "failed":
        message = "The server that ran this response was stopped before it was finished."
        changes["error"] = ResponseError(code="server_error", message=message)
    ended = response.model_copy(update=changes)
    left = replace(stored, reply=dump_json(ended).decode(), lease=None)
    # Files from before there were leases have unfinished responses without one: nobody is at work on those.
    was_put = await store.put(scope, left, expected_lease=stored.lease)
    return ended if was_put else None
