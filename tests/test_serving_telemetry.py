"""The fake leaves the telemetry of the program under test alone."""

import json
import subprocess
import sys

SCRIPT = """
import json
import openai
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from fake_llm_server import FakeLLMServer

spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
metrics.set_meter_provider(MeterProvider([reader]))

with FakeLLMServer("smollm2-135m") as server, openai.OpenAI(**server.openai_client_args()) as client:
    with trace.get_tracer("program").start_as_current_span("of the program"):
        client.models.list()
        client.chat.completions.create(
            model="smollm2-135m", messages=[{"role": "user", "content": "Hi"}], max_tokens=1
        )
        try:
            client.responses.create(model="smollm2-135m", input=[{"role": "nobody"}])
        except openai.BadRequestError:
            pass
        with client.responses.connect() as connection:
            connection.send_raw("nonsense")
            connection.recv()

data = reader.get_metrics_data()
print(json.dumps({
    "spans": [span.name for span in spans.get_finished_spans()],
    "metrics": [] if data is None else [
        metric.name
        for resource in data.resource_metrics for scope in resource.scope_metrics for metric in scope.metrics
    ],
}))
"""


def test_nothing_is_written_into_the_programs_telemetry() -> None:
    """With global OpenTelemetry providers the only span is the program's own, and there are no metrics."""
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {"spans": ["of the program"], "metrics": []}
