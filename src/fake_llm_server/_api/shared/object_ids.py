"""Identifiers of the objects that a server makes.

An id is made of what was asked and of how often it was asked before in its scope, never of the clock or of
chance: a test that asks a fresh server the same things gets the same ids, in whatever order its requests
arrive. How often is counted exactly for the last 65,536 different requests of a scope (`OccurrenceCounts`);
where there were more, ids stay unique, but which ones they are depends on the order.
"""

import hashlib

from fake_llm_server._seam import Scope
from fake_llm_server._store.protocol import Store

_ID_LENGTH = 32
_MAX_CANDIDATES = 256


class ObjectIds:
    """Gives out the ids of one server.

    Args:
        store: where the ids of stored objects are claimed, as other servers may share it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(self, scope: Scope, prefix: str, request: bytes, *, is_stored: bool = False) -> str:
        """A new id for what `request` brought about.

        Args:
            scope: whose request it is.
            prefix: what kind of object it is, such as `chatcmpl-`.
            request: the bytes of the request.
            is_stored: whether the object will be stored. An id that the store has already is passed over.

        Raises:
            StoreError: the store can't be used.
        """
        digest = hashlib.sha256(prefix.encode() + b"\0" + request).digest()
        occurrence = scope.occurrences.take(digest)
        if not is_stored:
            return _write_id(prefix, digest, occurrence)
        num_candidates = 1
        while True:
            end = occurrence + num_candidates
            candidates = [_write_id(prefix, digest, number) for number in range(occurrence, end)]
            claimed = await self._store.claim_id(scope.name, candidates)
            if claimed is not None:
                scope.occurrences.skip(digest, occurrence + candidates.index(claimed) + 1)
                return claimed
            occurrence, num_candidates = end, min(2 * num_candidates, _MAX_CANDIDATES)


def derive_id(prefix: str, parent_id: str, *parts: object) -> str:
    """The id of a part of an object, such as a tool call of a reply: a function of both."""
    return prefix + derive_hex(parent_id.encode(), *parts)[:_ID_LENGTH]


def derive_hex(seed: bytes, *parts: object) -> str:
    """Hexadecimal digits that depend on all arguments."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(seed + b"\0" + text.encode()).hexdigest()


def _write_id(prefix: str, digest: bytes, occurrence: int) -> str:
    return prefix + derive_hex(digest, occurrence)[:_ID_LENGTH]
