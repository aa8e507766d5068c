"""Numbers of bytes, as people read them."""

_UNITS = ((1e9, "GB", 1), (1e6, "MB", 0), (1e3, "kB", 0))


def format_bytes(num_bytes: float) -> str:
    """Decimal units, as disks and the hub count: `98 MB`, `2.9 GB`."""
    for unit, name, num_decimals in _UNITS:
        if num_bytes >= unit:
            return f"{num_bytes / unit:.{num_decimals}f} {name}"
    return f"{num_bytes:.0f} bytes"
