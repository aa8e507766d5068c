"""What a request passes before it reaches a route; `links.py` has the order."""
