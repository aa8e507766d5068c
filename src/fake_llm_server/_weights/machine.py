"""Memory, disk and cores of this machine, within the limits of its container."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

_CGROUP_ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Machine:
    """Resources as they are now.

    Attributes:
        total_memory: bytes.
        available_memory: bytes that can be allocated without swapping, the page cache included.
        free_disk: bytes free where models are kept.
        num_cores: cores that this process may use.
    """

    total_memory: int
    available_memory: int
    free_disk: int
    num_cores: int


def read_machine(model_dir: Path, cgroup_root: Path = _CGROUP_ROOT) -> Machine:
    """Ask the operating system.

    Args:
        model_dir: folder that models are kept in; it needn't exist yet.
        cgroup_root: where the container's limits are read; there are none where it isn't there.
    """
    import psutil  # noqa: PLC0415 - only loading needs it

    memory = psutil.virtual_memory()
    limit, used = _read_cgroup_memory(cgroup_root)
    return Machine(
        total_memory=min(memory.total, limit or memory.total),
        available_memory=min(memory.available, max(0, limit - used) if limit else memory.available),
        free_disk=measure_free_disk(model_dir),
        num_cores=min(_count_cores(), _read_cgroup_cores(cgroup_root) or os.cpu_count() or 1),
    )


def measure_free_disk(folder: Path) -> int:
    """Bytes free on the disk that `folder` is on, or will be when it is made."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(existing).free


def _count_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_cgroup_memory(root: Path) -> tuple[int | None, int]:
    """The container's limit and use in bytes, by cgroup v2 or v1; a limit of None is none."""
    for limit_name, used_name, cache_name in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        limit = _read_number(root / limit_name)
        if limit is not None:
            cache = _read_stat(root / cache_name, "inactive_file")
            return limit, max(0, (_read_number(root / used_name) or 0) - cache)
    return None, 0


def _read_cgroup_cores(root: Path) -> int | None:
    """Whole cores of the container's quota, at least one; None without a quota."""
    try:
        quota, period = (root / "cpu.max").read_text().split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _read_stat(path: Path, name: str) -> int:
    try:
        rows = (line.split() for line in path.read_text().splitlines())
        return next((int(row[1]) for row in rows if row and row[0] == name), 0)
    except (OSError, ValueError, IndexError):
        return 0
