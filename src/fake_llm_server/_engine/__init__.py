"""The engine: prompts of tokens in, text out; many at once, the same bytes every time.

Read it from `requests.py` (what is asked and answered) and `rules.py` (what makes answers reproducible)
over `engine.py`, `engine_thread.py`, `stepper.py` (a step) and `choice.py` (a sequence's text) to the
decisions that import no llama.cpp: `schedule.py`, `prefix_cache.py`, `sampling.py`, `text_assembly.py`.
It knows no HTTP, no wire type and no chat template.
"""

from fake_llm_server._engine.engine import Engine as Engine
from fake_llm_server._engine.jobs import Submission as Submission
from fake_llm_server._engine.requests import ChoiceFinished as ChoiceFinished
from fake_llm_server._engine.requests import EngineEvent as EngineEvent
from fake_llm_server._engine.requests import EngineListener as EngineListener
from fake_llm_server._engine.requests import EngineRequest as EngineRequest
from fake_llm_server._engine.requests import RequestFailed as RequestFailed
from fake_llm_server._engine.requests import RequestFinished as RequestFinished
from fake_llm_server._engine.requests import TextGenerated as TextGenerated
from fake_llm_server._engine.statistics import EngineStatistics as EngineStatistics
from fake_llm_server._engine.vocabulary import Vocabulary as Vocabulary
from fake_llm_server._settings import EngineSettings as EngineSettings
