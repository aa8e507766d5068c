"""How an engine would lay out a model that isn't loaded yet, so that what it takes is known before."""

from fake_llm_server._engine import EngineSettings
from fake_llm_server._engine.native import NUM_BATCH_TOKENS
from fake_llm_server._engine.settings import plan_context
from fake_llm_server._weights.readiness import LayoutPlan, ServingLayout
from fake_llm_server._weights.shape import ModelShape


def plan_layouts(settings: EngineSettings) -> LayoutPlan:
    """A function from a model's dimensions to its layout under these settings.

    It raises ConfigurationError where the settings don't suit the model.
    """

    def plan(shape: ModelShape) -> ServingLayout:
        context = plan_context(
            settings, num_trained=shape.context_length, kv_bytes_per_token=shape.kv_bytes_per_token
        )
        return ServingLayout(context.num_slots, context.window, NUM_BATCH_TOKENS)

    return plan
