"""The backend with a model in this process: template, grammar, engine, parser."""
