"""How much a scope may ask: requests and tokens in a time, and a quota, all as OpenAI counts and says it.

The package `limits` isn't used: its windows read `time.time` and not a scope's clock, and OpenAI's limits are
buckets that refill steadily, as the waits show that it asks for.
"""

from fake_llm_server._controls.limits.limits import Limits as Limits
from fake_llm_server._controls.limits.limits import find_limits as find_limits
from fake_llm_server._controls.limits.scripted import renew_error as renew_error
from fake_llm_server._controls.limits.settling import SettlingLayer as SettlingLayer
from fake_llm_server._controls.limits.words import UNLIMITED as UNLIMITED
from fake_llm_server._controls.limits.words import format_wait as format_wait
