"""The devices that llama.cpp finds."""

import llama_cpp

from fake_llm_server._weights.devices import list_devices


def test_the_devices_are_those_of_llama_cpp() -> None:
    """The CPU is among them with its memory, and a GPU only where llama.cpp can offload to it."""
    devices = list_devices()
    (cpu,) = [device for device in devices if device.name == "CPU"]
    assert not cpu.is_gpu
    assert 0 < cpu.free_memory <= cpu.total_memory
    assert cpu.description
    assert llama_cpp.llama_supports_gpu_offload() or not any(device.is_gpu for device in devices)
