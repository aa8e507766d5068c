"""What an engine tells of its work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineStatistics:
    """A snapshot of an engine; counts of tokens and steps are since it was made.

    Attributes:
        num_slots: sequences that it can decode at once.
        num_running: slots that are taken.
        num_waiting: requests that have no slot yet.
        num_cached_bytes: of the prefix cache.
        num_prefill_tokens: prompt tokens that were evaluated, those from the cache not counted.
        num_generated_tokens: of all choices, as OpenAI counts them.
        num_steps: turns of its loop.
    """

    num_slots: int
    num_running: int = 0
    num_waiting: int = 0
    num_cached_bytes: int = 0
    num_prefill_tokens: int = 0
    num_generated_tokens: int = 0
    num_steps: int = 0
