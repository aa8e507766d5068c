"""A server on a thread of its own.

`FakeLLMServer` is what people use, and `FakeLLM` how a test controls it. `ServingThread` is
what runs on the thread, and `StartInfo` what the two tell each other. What is served is `_app`'s business.
"""

from fake_llm_server._serving.fake_llm import ClientArguments as ClientArguments
from fake_llm_server._serving.fake_llm import FakeLLM as FakeLLM
from fake_llm_server._serving.server import FakeLLMServer as FakeLLMServer
from fake_llm_server._serving.thread import ServingThread as ServingThread
from fake_llm_server._serving.thread import StartInfo as StartInfo
