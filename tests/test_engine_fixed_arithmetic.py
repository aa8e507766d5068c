"""Draws and logprobs have the same bits whatever the processor offers NumPy, and are right."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._engine.fixed_arithmetic import exp_of_differences, log, sum_in_halves

_SCRIPT = """
import hashlib
import numpy as np
core = np._core if hasattr(np, "_core") else np.core
from fake_llm_server._engine.fixed_arithmetic import exp_of_differences, log, sum_in_halves
from fake_llm_server._engine.sampling import Sampler, most_probable
from fake_llm_server._seam import Sampling

digest = hashlib.sha256()
random = np.random.PCG64(5)
for size in (1, 7, 1000, 49_152, 50_001):
    for scale in (2.0**-60, 2.0**-58, 2.0**-55):
        logits = (random.random_raw(size).astype(np.int64) * scale).astype(np.float32)
        wide = logits.astype(np.float64)
        weights = exp_of_differences(wide - float(wide.max()))
        digest.update(weights.tobytes() + np.cumsum(weights).tobytes())
        digest.update(repr((sum_in_halves(weights), log(sum_in_halves(weights)))).encode())
        digest.update(most_probable(logits, 20).tobytes() + logits.argmax().tobytes())
        for settings in (Sampling(temperature=0.7, seed=1), Sampling(temperature=1.3, top_p=0.8, seed=2)):
            sampler = Sampler(settings, 0)
            digest.update(repr([sampler.draw(logits) for _ in range(8)]).encode())
found = core._multiarray_umath
features = [name for name in found.__cpu_dispatch__ if found.__cpu_features__[name]]
print(",".join(features), digest.hexdigest())
"""


def run_without(features: str) -> tuple[str, str]:
    """The features that NumPy has without these, comma-separated, and the digest of its results."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={**os.environ, "NPY_DISABLE_CPU_FEATURES": features},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    left, digest = done.stdout.removesuffix("\n").split(" ")
    return left, digest


def test_no_bit_depends_on_the_processors_features() -> None:
    """With each further level of vector instructions taken from NumPy, every result stays."""
    found, expected = run_without("")
    if not found:
        pytest.skip("NumPy finds nothing on this machine that it could do without.")
    features = found.split(",")
    for count in range(1, len(features) + 1):
        left, digest = run_without(" ".join(features[-count:]))
        assert left == ",".join(features[:-count])
        assert digest == expected, f"without {features[-count:]}"


def test_the_exponential_is_accurate() -> None:
    """Within a relative error of 1e-13 of the C library's, over its whole range."""
    differences = -np.linspace(0, 88, 200_003)
    expected = np.array([math.exp(difference) for difference in differences])
    assert np.abs(exp_of_differences(differences) / expected - 1).max() < 1e-13


def test_the_exponentials_ends() -> None:
    """It is 1 for 0, and 0 for what is too improbable to count, minus infinity among it."""
    ends = np.array([0.0, -0.0, -1e-30, -88.8, -1000.0, -1e300, -np.inf])
    assert exp_of_differences(ends).tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=70))
def test_a_sum_is_a_sum(values: list[float]) -> None:
    """However many there are, each counts once."""
    assert sum_in_halves(np.array(values)) == pytest.approx(math.fsum(values), rel=1e-14, abs=1e-300)


@given(st.floats(1e-300, 1e300))
def test_the_logarithm_is_right(value: float) -> None:
    """To the last bit but one, which the C library may have wrong."""
    assert log(value) == pytest.approx(math.log(value), rel=4e-16, abs=1e-300)
