"""What is served, and the application that serves it.

`ServingConfiguration` says which models under which names; `parse_server_args` makes one of
`FakeLLMServer`'s arguments; `create_server_app` makes the FastAPI application of it. No socket is opened
here: that is `_serving`'s part.
"""

from fake_llm_server._app.apis import API_PREFIX as API_PREFIX
from fake_llm_server._app.arguments import parse_server_args as parse_server_args
from fake_llm_server._app.compose import create_server_app as create_server_app
from fake_llm_server._app.configuration import ServingConfiguration as ServingConfiguration
from fake_llm_server._app.model_loading import ModelName as ModelName
from fake_llm_server._app.scopes import Scopes as Scopes
