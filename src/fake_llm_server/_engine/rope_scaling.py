"""Windows beyond the context that a model was trained for: positions are scaled to what it knows.

Sources: https://arxiv.org/abs/2306.15595 (linear), https://arxiv.org/abs/2309.00071 (YaRN).
"""

from typing import Any

import llama_cpp

from fake_llm_server._errors import ConfigurationError
from fake_llm_server._settings.engine import RopeScaling

_KINDS = {
    "linear": llama_cpp.LLAMA_ROPE_SCALING_TYPE_LINEAR,
    "yarn": llama_cpp.LLAMA_ROPE_SCALING_TYPE_YARN,
}


def scale_positions(
    params: Any, kind: RopeScaling, *, window: int, num_trained: int, rope_type: int, trained_scale: float
) -> None:
    """Set what a context's parameters say of positions.

    Args:
        params: `llama_context_params`.
        kind: how they are scaled.
        window: tokens of the longest sequence, beyond `num_trained`.
        num_trained: tokens of context that the model was trained for.
        rope_type: llama.cpp's kind of the model's positions.
        trained_scale: factor of positions that the model was trained with; 1 is unscaled.

    Raises:
        ConfigurationError: the model's positions can't be scaled.
    """
    if rope_type == llama_cpp.LLAMA_ROPE_TYPE_NONE:
        raise ConfigurationError(
            f"window is {window}, but the model was trained for {num_trained} tokens, and its positions are "
            f"no rotations that could be scaled: set window to at most {num_trained}."
        )
    params.rope_scaling_type = _KINDS[kind]
    params.rope_freq_scale = trained_scale * num_trained / window
    params.yarn_orig_ctx = round(trained_scale * num_trained)
