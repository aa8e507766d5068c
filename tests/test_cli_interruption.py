"""Ctrl+C and SIGTERM end a command promptly, whatever it is doing, without a traceback."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from held_models import load_threads
from tiny_models import write_tiny_model

from fake_llm_server._weights import LoadSettings
from fake_llm_server._weights.native import load_llama

INTERRUPTED = 130


@contextlib.contextmanager
def silent_hub() -> Iterator[str]:
    """The URL of a hub that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["demo"]], ids=["serve", "demo"])
def test_a_download_is_interrupted(tmp_path: Path, command: list[str], number: signal.Signals) -> None:
    """While the hub keeps the command waiting, a signal ends it with 130, and nothing is said of it."""
    with silent_hub() as url:
        environment = {**os.environ, "HF_ENDPOINT": url, "HF_HOME": str(tmp_path), "NO_PROXY": "*"}
        with subprocess.Popen(
            [sys.executable, "-m", "fake_llm_server", *command, "owner/name"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                assert "owner/name" in process.stdout.readline()
                process.send_signal(number)
                assert process.wait(30) == INTERRUPTED
                assert process.stderr.read() == ""
            finally:
                process.kill()


def test_an_import_is_interrupted(tmp_path: Path) -> None:
    """In its first moments, while a library is imported, the command ends with 130 and no traceback."""
    slow = "import time; print('importing', flush=True); time.sleep(60)"
    (tmp_path / "llama_cpp.py").write_text(slow, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path[1:]])}
    with subprocess.Popen(
        [sys.executable, "-m", "fake_llm_server", "models"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline() == "importing\n"
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == INTERRUPTED
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_a_load_is_interrupted(tmp_path: Path) -> None:
    """Ctrl+C while llama.cpp loads weights is raised once the load has been broken off."""
    path, before = write_tiny_model(tmp_path / "tiny.gguf", "llama"), load_threads()
    heard: list[str] = []

    class Interrupting(logging.Handler):
        """Interrupts the process at llama.cpp's first word on the load's thread, and waits for the effect."""

        def emit(self, record: logging.LogRecord) -> None:
            if threading.current_thread() not in load_threads() - before:
                return  # the first use of llama.cpp in a process speaks on the main thread
            if not heard:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                threading.Event().wait(1)
            heard.append(record.getMessage())

    def is_wanted() -> bool:
        """Asked before each tensor until the signal has taken effect: gives a busy machine time for that."""
        threading.Event().wait(0.5)
        return True

    logger = logging.getLogger("fake_llm_server.llama_cpp")
    handler, level = Interrupting(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with pytest.raises(KeyboardInterrupt):
            load_llama([path], LoadSettings(), is_wanted)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert any("cancelled" in line for line in heard), heard
    assert not load_threads() - before
    load_llama([path], LoadSettings()).close()
