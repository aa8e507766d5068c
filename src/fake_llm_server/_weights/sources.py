"""Where a model's weights come from: plain values, no I/O beyond asking whether a file is there."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HubSource:
    """A GGUF file in a repository of the Hugging Face hub.

    Attributes:
        repository: `owner/name`.
        file: path inside the repository, the first part of a split file; None chooses by quantization.
        quantization: such as `Q4_K_M`; None chooses by the order in `quantization.py`. Unused with `file`.
        revision: branch, tag or commit; None is the repository's main branch.
    """

    repository: str
    file: str | None = None
    quantization: str | None = None
    revision: str | None = None

    def __str__(self) -> str:
        """The name that `ModelSpec.from_model_name` reads back."""
        choice = f"/{self.file}" if self.file else f":{self.quantization}" if self.quantization else ""
        return f"{self.repository}{choice}" + (f"@{self.revision}" if self.revision else "")


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A GGUF file on this machine, the first part of a split file."""

    path: Path

    def __str__(self) -> str:
        """The path."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class EmbeddedSource:
    """A GGUF file inside an installed Python package, which is found but never imported.

    Attributes:
        extra: which of our extras installs the package.
    """

    package: str
    file: str
    extra: str

    def __str__(self) -> str:
        """Package and file, as one reads them in a file listing."""
        return f"{self.package}/{self.file}"

    def find(self) -> Path | None:
        """The file's path, or None where the package isn't installed."""
        found = importlib.util.find_spec(self.package)
        for folder in (found.submodule_search_locations or []) if found else []:
            path = Path(folder) / self.file
            if path.is_file():
                return path
        return None


Source = HubSource | LocalSource | EmbeddedSource
