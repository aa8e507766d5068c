"""The one place where llama.cpp opens a model file."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import llama_cpp

from fake_llm_server._errors import ModelLoadError
from fake_llm_server._settings import LoadSettings
from fake_llm_server._weights import native_log
from fake_llm_server._weights.askers import always
from fake_llm_server._weights.file_check import check_model_files, explain_native_failure

# The engine builds its own context; this one only has to exist.
_NUM_CONTEXT_TOKENS = 8


class _Weights(llama_cpp.Llama):
    """A `Llama` whose weights are laid out by `LoadSettings`, and which leaves stdout and stderr alone."""

    def __init__(self, path: Path, settings: LoadSettings, should_stop: Callable[[], bool]) -> None:
        self._load_settings = settings
        self._on_progress = llama_cpp.llama_progress_callback(lambda _progress, _data: not should_stop())
        self._is_built = False
        super().__init__(
            model_path=str(path),
            n_gpu_layers=settings.gpu_layers,
            n_ctx=_NUM_CONTEXT_TOKENS,
            n_batch=_NUM_CONTEXT_TOKENS,
            no_perf=True,
            chat_format="chatml",  # never used: `_text` renders the model's own template
        )
        self._is_built = True

    @property
    def model_params(self) -> Any:
        """The parameters of the weights; `Llama` has no argument for all of them."""
        return self._model_params

    @model_params.setter
    def model_params(self, params: Any) -> None:
        params.use_extra_bufts = self._load_settings.is_repacked
        params.progress_callback = self._on_progress
        self._model_params = params

    @property
    def metadata(self) -> dict[str, str]:
        """The file's metadata, without chat templates until the constructor is done.

        `Llama` compiles every template while it is built and fails on those that need a Jinja
        extension (SmolLM3's `generation` block), though we never ask it to render one.
        """
        if self._is_built:
            return self._metadata
        return {key: value for key, value in self._metadata.items() if "chat_template" not in key}

    @metadata.setter
    def metadata(self, metadata: dict[str, str]) -> None:
        self._metadata = metadata

    @property
    def verbose(self) -> bool:
        """True until the weights are here, then False.

        While it isn't verbose, `Llama` points the process's stdout and stderr at /dev/null while it
        loads, for every thread, and two loads at once never point them back. It prints nothing of
        its own before the weights are here, and `native_log` has llama.cpp's messages.
        """
        return "_model" not in self.__dict__

    @verbose.setter
    def verbose(self, _: bool) -> None:
        pass


def check_gpu_support(settings: LoadSettings) -> None:
    """Refuse layers on a GPU where there can be none.

    Raises:
        ModelLoadError: llama-cpp-python was built without GPU support, or sees no GPU.
    """
    if settings.gpu_layers and not llama_cpp.llama_supports_gpu_offload():
        raise ModelLoadError(
            f"gpu_layers is {settings.gpu_layers}, but llama.cpp finds no GPU: set it to 0, or install a "
            "build of llama-cpp-python for your GPU. `fake-llm-server doctor` lists the devices."
        )


def load_llama(
    paths: Sequence[Path], settings: LoadSettings, is_wanted: Callable[[], bool] = always
) -> llama_cpp.Llama:
    """Load the weights of a model.

    Args:
        paths: its parts, in order; llama.cpp opens the first and finds the others by their names.
        settings: how the weights are laid out.
        is_wanted: asked between tensors; once it says no, the load is broken off.

    Raises:
        ModelLoadError: they can't be loaded, or aren't wanted any more; the message says why.
        KeyboardInterrupt: the process was interrupted meanwhile; nothing is loaded then.
    """
    check_gpu_support(settings)
    header = check_model_files(paths)
    # On a thread of its own: Python handles signals between two of its own instructions, and on the main
    # thread alone, so that Ctrl+C would wait for llama.cpp there.
    is_interrupted, may_begin = threading.Event(), threading.Event()

    def load() -> llama_cpp.Llama:
        may_begin.wait()
        if is_interrupted.is_set():
            raise InterruptedError("The process was interrupted before the load began.")
        return _load(
            paths[0], header.architecture, settings, lambda: is_interrupted.is_set() or not is_wanted()
        )

    with ThreadPoolExecutor(1, thread_name_prefix="fake-llm-server-load") as executor:
        try:
            loading = executor.submit(load)
            may_begin.set()  # not before: an executor that is interrupted in `submit` may forget its thread
            return loading.result()
        except BaseException:
            is_interrupted.set()
            may_begin.set()
            raise


def _load(
    path: Path, architecture: str, settings: LoadSettings, should_stop: Callable[[], bool]
) -> llama_cpp.Llama:
    with native_log.collect_errors() as messages:
        try:
            return _Weights(path, settings, should_stop)
        except Exception as error:  # `Llama` promises no particular kind
            if should_stop():
                raise ModelLoadError(f"{path} was not loaded: nobody waits for it any more.") from error
            told = [*messages, *([] if messages else [str(error)])]
            raise ModelLoadError(explain_native_failure(path, architecture, told)) from error
