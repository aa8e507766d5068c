"""How the engine would lay out a model that isn't loaded yet, for the commands that ask whether it fits."""

from fake_llm_server._engine import EngineSettings
from fake_llm_server._engine.native import NUM_BATCH_TOKENS
from fake_llm_server._engine.settings import plan_context
from fake_llm_server._models.readiness import ServingLayout
from fake_llm_server._models.shape import ModelShape


def plan_layout(shape: ModelShape) -> ServingLayout:
    """The layout under the engine's default settings."""
    plan = plan_context(
        EngineSettings(), num_trained=shape.context_length, kv_bytes_per_token=shape.kv_bytes_per_token
    )
    return ServingLayout(num_slots=plan.num_slots, window=plan.window, batch_size=NUM_BATCH_TOKENS)
