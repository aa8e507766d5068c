"""What a remote backend is made from: who keeps the model, and which model that is."""

from dataclasses import dataclass
from pathlib import Path

from fake_llm_server._settings import EngineSettings, LoadSettings


@dataclass(frozen=True, slots=True)
class HostAddress:
    """Where a process listens that keeps models for others, on the loopback address.

    Attributes:
        port: of TCP.
        secret: proves that an asker may ask; 64 hexadecimal digits.
    """

    port: int
    secret: str


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model as its host loads it; equal ones are loaded once.

    Attributes:
        name: for error messages.
        paths: the parts of its file, on a disk that both processes see.
        weights: how they are laid out.
        engine: slots, window, threads and limits, over all that ask.
    """

    name: str
    paths: tuple[Path, ...]
    weights: LoadSettings
    engine: EngineSettings


@dataclass(frozen=True, slots=True)
class RemotePlan:
    """A model in another process."""

    host: HostAddress
    model: HostedModel

    @property
    def is_at_hand(self) -> bool:
        """Whether the model is in memory for as long as the server lives: it is loaded by a call."""
        return False
