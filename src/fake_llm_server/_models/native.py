"""The one place where llama.cpp opens a model file."""

from pathlib import Path
from typing import Any

import llama_cpp

from fake_llm_server._errors import ModelLoadError
from fake_llm_server._models import native_log
from fake_llm_server._models.load_settings import LoadSettings

# The engine builds its own context; this one only has to exist.
_NUM_CONTEXT_TOKENS = 8


class _Weights(llama_cpp.Llama):  # type: ignore[misc] # llama_cpp ships no types
    """A `Llama` whose weights are laid out by `LoadSettings`, and which leaves stdout and stderr alone."""

    def __init__(self, path: Path, settings: LoadSettings) -> None:
        self._load_settings = settings
        super().__init__(
            model_path=str(path),
            n_gpu_layers=settings.gpu_layers,
            n_ctx=_NUM_CONTEXT_TOKENS,
            n_batch=_NUM_CONTEXT_TOKENS,
            no_perf=True,
        )

    @property
    def model_params(self) -> Any:
        """The parameters of the weights; `Llama` has no argument for all of them."""
        return self._model_params

    @model_params.setter
    def model_params(self, params: Any) -> None:
        params.use_extra_bufts = self._load_settings.is_repacked
        self._model_params = params

    @property
    def verbose(self) -> bool:
        """True until the weights are here, then False.

        When it isn't verbose, `Llama` points the process's stdout and stderr at /dev/null while it
        loads, for every thread, and two loads at once never point them back. It prints nothing of
        its own before the weights are here, and `native_log` has llama.cpp's messages.
        """
        return "_model" not in self.__dict__

    @verbose.setter
    def verbose(self, _: bool) -> None:
        pass


def load_llama(path: Path, settings: LoadSettings) -> llama_cpp.Llama:
    """Load the weights of a GGUF file; of a split file, of its first part.

    Raises:
        ModelLoadError: llama.cpp can't load it; the message says why.
    """
    with native_log.collect_errors() as errors:
        try:
            return _Weights(path, settings)
        except Exception as error:
            raise ModelLoadError(
                f"llama.cpp can't load {path.name}: {'; '.join(errors) or error}."
            ) from error
