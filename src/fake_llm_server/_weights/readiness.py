"""What is here already, what it would take to serve, and whether this machine has it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fake_llm_server._weights.catalogue import CatalogueEntry
from fake_llm_server._weights.fit import Fit, check_fit
from fake_llm_server._weights.gguf_header import GGUFError, load_gguf_header
from fake_llm_server._weights.machine import Machine
from fake_llm_server._weights.shape import MemoryNeed, ModelShape, estimate_memory, read_shape
from fake_llm_server._weights.spec import SUPPORTED_MODEL_ALIASES, DownloadedModel, ModelSpec

if TYPE_CHECKING:
    from fake_llm_server._weights.hub import Hub


@dataclass(frozen=True, slots=True)
class ServingLayout:
    """How an engine would lay out a model's context.

    Attributes:
        window: tokens of each slot.
        batch_size: most tokens evaluated in one call.
    """

    num_slots: int
    window: int
    batch_size: int


LayoutPlan = Callable[[ModelShape], ServingLayout]


@dataclass(frozen=True, slots=True)
class Readiness:
    """One model of the catalogue on one machine.

    Attributes:
        size: bytes of its files: their own where they are here, else the catalogue's.
        is_here: whether nothing has to be downloaded.
        need: memory that it takes when it serves.
        fit: whether the machine has that, and the disk for a download.
    """

    spec: ModelSpec
    entry: CatalogueEntry
    size: int
    is_here: bool
    need: MemoryNeed
    fit: Fit


def check_catalogue(machine: Machine, plan: LayoutPlan, hub: "Hub") -> tuple[Readiness, ...]:
    """Check every model of the catalogue, without a network.

    Args:
        machine: what there is.
        plan: how a model of some dimensions would be laid out.
        hub: whose cache is looked at.
    """
    sizes = {
        entry.alias: (spec, entry, spec.find_downloaded(hub))
        for spec in SUPPORTED_MODEL_ALIASES.values()
        if (entry := spec.entry) is not None
    }
    needs = {
        alias: _estimate(entry.shape, downloaded.num_bytes if downloaded else entry.typical_size, plan)
        for alias, (_, entry, downloaded) in sizes.items()
    }
    totals = {alias: need.total for alias, need in needs.items()}
    return tuple(
        Readiness(
            spec=spec,
            entry=entry,
            size=needs[alias].weights,
            is_here=downloaded is not None,
            need=needs[alias],
            fit=check_fit(
                needs[alias],
                machine,
                download_size=0 if downloaded else entry.typical_size,
                alternatives=totals,
            ),
        )
        for alias, (spec, entry, downloaded) in sizes.items()
    )


def estimate_need(downloaded: DownloadedModel, plan: LayoutPlan) -> MemoryNeed:
    """What a model that is here takes when it serves, by its own file's dimensions.

    Where the file doesn't tell them, only its weights are counted.
    """
    try:
        shape = read_shape(load_gguf_header(downloaded.path))
    except (GGUFError, OSError):
        shape = None
    if shape is None:
        return MemoryNeed(weights=downloaded.num_bytes, kv=0, compute=0)
    return _estimate(shape, downloaded.num_bytes, plan)


def _estimate(shape: ModelShape, file_size: int, plan: LayoutPlan) -> MemoryNeed:
    layout = plan(shape)
    return estimate_memory(
        shape,
        file_size,
        num_slots=layout.num_slots,
        window=layout.window,
        batch_size=layout.batch_size,
    )
