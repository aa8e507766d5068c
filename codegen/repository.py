"""Where the pipeline's files lie in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "spec" / "source.lock"
OVERRIDES = ROOT / "spec" / "overrides.toml"
CONTRACT = ROOT / "spec" / "openapi.yaml"
FULL_DOCUMENT = ROOT / "spec" / "openapi.full.yaml"
GENERATED = ROOT / "src" / "fake_llm_server" / "_generated"
HANDLERS = ROOT / "src" / "fake_llm_server" / "_api"
COVERAGE_PAGE = ROOT / "docs" / "coverage.md"
SERVER_OPTIONS = ROOT / "src" / "fake_llm_server" / "_settings" / "server_options.py"
SETTINGS_PAGE = ROOT / "docs" / "testing.md"
