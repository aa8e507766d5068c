"""The same words as in Python, as JSON: in files, over HTTP, and in a header.

`documents/` has the JSON forms, made of Python's own signatures; `routes.py` the operations over HTTP. A
server imports them when its settings turn them on: Pydantic takes a while to make its validators.
"""

from fake_llm_server._control_api.prefix import CONTROL_PREFIX as CONTROL_PREFIX
from fake_llm_server._control_api.prefix import DOCUMENT_PATH as DOCUMENT_PATH
from fake_llm_server._control_api.prefix import REPLY_HEADER as REPLY_HEADER
