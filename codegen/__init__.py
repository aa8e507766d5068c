"""From OpenAI's document to the trimmed contract, and from that to Python.

Two stages, each with a `--check` that says whether its output is stale:

    the full OpenAI document ──trim──► spec/openapi.yaml ──generate──► src/fake_llm_server/_generated/

`trim` alone needs the full document. What is kept, and each thing that is changed on the way with its
reason, is data in `spec/overrides.toml`; which document it is, is data in `spec/source.lock`.
"""
