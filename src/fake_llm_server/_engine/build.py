"""What llama.cpp was compiled for: it uses the same instructions on every machine that it runs on at all.

ggml chooses its kernels when it is compiled (`#if defined(__AVX512F__)`), never by asking the processor. A
build for fixed features (`-DGGML_NATIVE=OFF`) computes the same bits wherever those features are; one for
the machine that it was made on (`-march=native`, the default) uses all that this machine has.
"""

import platform
from dataclasses import dataclass

import llama_cpp

PORTABLE = frozenset({"SSE3", "SSSE3", "AVX", "AVX2", "F16C", "FMA", "BMI2"})
"""The instructions of `-DGGML_NATIVE=OFF` on x86-64. A native build on a processor with no more than these
(Haswell, say, or Zen) reports the same."""

_NOT_INSTRUCTIONS = {"LLAMAFILE", "OPENMP", "REPACK"}
_WITHOUT_EFFECT = {"OPENMP", "REPACK"}
"""How threads are made; and what is used only where the weights' layout says so."""

_ARCHITECTURES = {"amd64": "x86-64", "x86_64": "x86-64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Build:
    """A build of llama.cpp.

    Attributes:
        architecture: `x86-64`, `arm64` or the machine's own word.
        features: what it was built with, of instructions and kernels.
    """

    architecture: str
    features: frozenset[str]

    @property
    def instructions(self) -> frozenset[str]:
        """The extensions of the processor's instructions that its kernels use."""
        return self.features - _NOT_INSTRUCTIONS

    @property
    def is_portable(self) -> bool:
        """Whether it has the instructions of the portable build."""
        return self.architecture == "x86-64" and self.instructions == PORTABLE

    @property
    def name(self) -> str:
        """Equal for builds that use the same kernels."""
        return ",".join([self.architecture, *sorted(self.features - _WITHOUT_EFFECT)])


def read_build() -> Build:
    """The build of the llama.cpp that is installed."""
    return parse_build(llama_cpp.llama_print_system_info().decode(), platform.machine())


def parse_build(system_info: str, machine: str) -> Build:
    """Read a build.

    Args:
        system_info: as llama.cpp prints it: `CPU : SSE3 = 1 | AVX = 1 | …`.
        machine: the architecture as the operating system calls it.
    """
    features = set()
    for entry in system_info.split("|"):
        name, _, value = entry.rpartition(":")[2].partition("=")
        if value.strip() not in ("", "0"):
            features.add(name.strip() if value.strip() == "1" else f"{name.strip()}={value.strip()}")
    return Build(_ARCHITECTURES.get(machine.lower(), machine.lower()), frozenset(features))
