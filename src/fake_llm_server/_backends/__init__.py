"""What answers a generation request. Each module here is one kind of `Backend`."""
