"""What answers a call: each kind of backend is a module or a package here, and a line of `kinds.py`."""
