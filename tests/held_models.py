"""A model whose loading a test holds, and the threads that load."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import llama_cpp

from fake_llm_server._errors import ModelLoadError
from fake_llm_server._weights import LoadSettings
from fake_llm_server._weights.askers import always
from fake_llm_server._weights.spec import DownloadedModel


def load_threads() -> set[threading.Thread]:
    """The threads that load models; those of other servers in this process among them."""
    return {thread for thread in threading.enumerate() if "-load" in thread.name}


@dataclass(frozen=True)
class HeldModel(DownloadedModel):
    """A model whose loads stand still until they are let through, or nobody wants them.

    Attributes:
        begun: one for each load.
        ends: how each load ended.
    """

    is_let_through: threading.Event = field(default_factory=threading.Event)
    begun: list[None] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, downloaded: DownloadedModel) -> "HeldModel":
        """The same model, held."""
        return cls(downloaded.spec, downloaded.paths)

    def load(
        self, settings: LoadSettings | None = None, is_wanted: Callable[[], bool] = always
    ) -> llama_cpp.Llama:
        """Hold the load, and note how it ends; llama.cpp itself breaks it off."""
        self.begun.append(None)
        while is_wanted() and not self.is_let_through.wait(0.01):
            pass
        try:
            llama = super().load(settings, is_wanted)
        except ModelLoadError as error:
            self.ends.append(str(error))
            raise
        self.ends.append("loaded")
        return llama
