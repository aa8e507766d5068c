"""What is served, by the names that are promised: the code is in `_app`."""

from fake_llm_server._app import ServingConfiguration as ServingConfiguration
from fake_llm_server._app import create_server_app as create_server_app
from fake_llm_server._app import parse_server_args as parse_server_args
from fake_llm_server._settings import ServerSettings as ServerSettings
