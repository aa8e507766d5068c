"""The portable build computes the same on processors that aren't this one, emulated by QEMU.

`pytest -m emulated`; Debian's package is `qemu-user`, of version 7.2 at least, which knows AVX2.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import gguf
import pytest
from tiny_models import write_tiny_model

from fake_llm_server._engine.build import read_build

pytestmark = pytest.mark.emulated

PROGRAM = Path(__file__).with_name("engine_digests.py")
PROCESSORS = ("Haswell", "EPYC")
"""Of Intel and AMD, without AVX-512; the second has no instructions of the first's for transactions."""

KINDS = {kind.name: kind for kind in (gguf.GGMLQuantizationType.F16, gguf.GGMLQuantizationType.Q8_0)}


def read_digests(path: Path, *emulator: str) -> dict[str, str]:
    """What the engine answers on a model, on this processor or an emulated one."""
    done = subprocess.run(
        [*emulator, sys.executable, str(PROGRAM), str(path)],
        env={**os.environ, "OMP_WAIT_POLICY": "passive"},
        capture_output=True,
        check=True,
        timeout=600,
    )
    digests: dict[str, str] = json.loads(done.stdout)
    return digests


@pytest.mark.parametrize("processor", PROCESSORS)
@pytest.mark.parametrize("kind", KINDS)
def test_another_processor_answers_the_same(tmp_path: Path, kind: str, processor: str) -> None:
    """Texts, logprobs, draws and the fingerprint."""
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        pytest.skip("qemu-x86_64 isn't installed.")
    if not read_build().is_portable:
        pytest.skip("This llama.cpp isn't the portable build.")
    path = write_tiny_model(tmp_path / "tiny.gguf", "llama", KINDS[kind])
    assert read_digests(path, emulator, "-cpu", processor) == read_digests(path)
