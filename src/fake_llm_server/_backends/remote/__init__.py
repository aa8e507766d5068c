"""A model that another process keeps: `RemoteBackend` asks it, `host` answers there.

Several processes so share one model: pytest-xdist's workers ask the process that started them.
"""
