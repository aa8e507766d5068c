"""Keeps the objects that clients ask a server to store."""

from fake_llm_server._store.sqlite import ObjectStore as ObjectStore
from fake_llm_server._store.sqlite import Page as Page
from fake_llm_server._store.sqlite import StoredObject as StoredObject
