"""Script files: YAML, JSON or TOML that is read, placed and watched."""
