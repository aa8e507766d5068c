"""A server on a thread of its own.

`FakeLLMServer` is what people use; `ServingThread` is what runs on the thread; `StartInfo` is what the two
tell each other. What is served is `_app`'s business.
"""

from fake_llm_server._serving.server import ClientArguments as ClientArguments
from fake_llm_server._serving.server import FakeLLMServer as FakeLLMServer
from fake_llm_server._serving.thread import ServingThread as ServingThread
from fake_llm_server._serving.thread import StartInfo as StartInfo
