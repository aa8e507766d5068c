"""The pytest plugin: installed with the package, so that tests need import nothing.

It imports no more than pytest itself until a fixture is used. docs/controls.md says what each fixture is for.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import ssl

    import openai

    from fake_llm_server import FakeLLM, FakeLLMServer, FakeLLMServerFactory
    from fake_llm_server._testing.shared_model import SharedModel

_MARKER = "fake_llm"
_BREAK_MARKER = "break_everywhere"
_OPTIONS = ("strict", "allow_unused", "rules", "judge")
_OPENED: "pytest.StashKey[FakeLLM]" = pytest.StashKey()
_SHARED: "pytest.StashKey[SharedModel]" = pytest.StashKey()
_INI_SERVER, _INI_STRICT, _INI_UNUSED = "fake_llm_server", "fake_llm_strict", "fake_llm_allow_unused"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what pytest's own configuration may say."""
    parser.addini(
        _INI_SERVER,
        "settings of the server of `fake_llm`, each in a line such as num_slots = 2",
        type="linelist",
        default=[],
    )
    parser.addini(
        _INI_STRICT, "whether a call that no test wrote a reply for fails", type="bool", default=False
    )
    parser.addini(_INI_UNUSED, "whether replies of a script may be left", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(strict=False, allow_unused=False, rules=None, judge=False): how the test's `fake_llm` is "
        "opened; see FakeLLMServer.open_scope",
    )
    config.addinivalue_line(
        "markers",
        f"{_BREAK_MARKER}('cut', ..., max_rounds=100): run the test again for each place where requests of "
        "its `fake_llm` can break; see FakeLLMServer.break_everywhere",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Have a worker of pytest-xdist ask this process for the model."""
    from fake_llm_server._testing.shared_model import SharedModel  # noqa: PLC0415 - only with workers

    node.config.stash.setdefault(_SHARED, SharedModel()).lend(node)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the model go that workers have used."""
    if _SHARED in config.stash:
        config.stash[_SHARED].close()


@pytest.fixture(scope="session")
def fake_llm_server_factory(pytestconfig: pytest.Config) -> "Iterator[FakeLLMServerFactory]":
    """Opens servers with settings of their own, which are closed when the session ends."""
    # Nothing is paid for that isn't used.
    from fake_llm_server import ConfigurationError, FakeLLMServerFactory  # noqa: PLC0415 - as above
    from fake_llm_server._testing.shared_model import find_host  # noqa: PLC0415 - as above

    host = find_host(getattr(pytestconfig, "workerinput", {}))
    try:
        factory = FakeLLMServerFactory(pytestconfig.getini(_INI_SERVER), label=_INI_SERVER, host=host)
    except ConfigurationError as error:
        pytest.fail(str(error), pytrace=False)
    with factory:
        yield factory


@pytest.fixture(scope="session")
def fake_llm_server(fake_llm_server_factory: "FakeLLMServerFactory") -> "FakeLLMServer":
    """The session's server, which answers for every model's name; override it for one with other settings."""
    return fake_llm_server_factory()


@pytest.fixture
def fake_llm(request: pytest.FixtureRequest, fake_llm_server: "FakeLLMServer") -> "Iterator[FakeLLM]":
    """The test's own scope on the server; OPENAI_BASE_URL and OPENAI_API_KEY lead to it meanwhile."""
    opened = fake_llm_server.open_scope(**_read_options(request.node))
    request.node.stash[_OPENED] = opened
    if request.node.get_closest_marker(_BREAK_MARKER) is not None:
        from fake_llm_server._pytest_rounds import enter_round  # noqa: PLC0415 - as above

        enter_round(request.node, opened)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in opened.environment.items():
            patch.setenv(name, value)
        try:
            yield opened
        finally:
            opened.close()
    _fail(opened.take_faults())  # what went wrong after the test itself


def _read_options(item: pytest.Item) -> dict[str, Any]:
    """How a test's scope is opened: as pytest's configuration says, then each marker, the nearest last."""
    options = {"strict": item.config.getini(_INI_STRICT), "allow_unused": item.config.getini(_INI_UNUSED)}
    for marker in reversed(list(item.iter_markers(_MARKER))):
        if marker.args or marker.kwargs.keys() - set(_OPTIONS):
            words = f"takes {', '.join(_OPTIONS)}, by name; it was {marker.args}, {marker.kwargs}."
            pytest.fail(f"@pytest.mark.{_MARKER} {words}", pytrace=False)
        options |= marker.kwargs
    return options


@pytest.fixture
def virtual_sleep(fake_llm: "FakeLLM") -> "Iterator[None]":
    """The program's sleeps move the scope's clock on instead of waiting; `fake_llm.slept` has them."""
    with fake_llm.virtual_sleep():
        yield


@pytest.fixture
def openai_client(fake_llm: "FakeLLM") -> "Iterator[openai.OpenAI]":
    """OpenAI's client of the test's scope."""
    import openai  # noqa: PLC0415 - as above

    http_client = openai.DefaultHttpxClient(verify=_trust_nobody())
    with openai.OpenAI(**fake_llm.openai_client_args(), http_client=http_client) as client:
        yield client


@pytest.fixture
def async_openai_client(fake_llm: "FakeLLM") -> "openai.AsyncOpenAI":
    """OpenAI's asynchronous client of the test's scope."""
    import openai  # noqa: PLC0415 - as above

    # The loop of the test has ended when this fixture is torn down, so no connection may outlive its request.
    return openai.AsyncOpenAI(
        **fake_llm.openai_client_args(),
        default_headers={"Connection": "close"},
        http_client=openai.DefaultAsyncHttpxClient(verify=_trust_nobody()),
    )


def _trust_nobody() -> "ssl.SSLContext":
    """A client's TLS without certificates: reading those takes 25 ms, and the server speaks plain HTTP."""
    import ssl  # noqa: PLC0415 - as above

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test in rounds that is to be broken everywhere."""
    marker = item.get_closest_marker(_BREAK_MARKER)
    if marker is None:
        return None
    from fake_llm_server._pytest_rounds import run_rounds  # noqa: PLC0415 - as above

    run_rounds(item, marker, nextitem)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose script doesn't suit what was asked, and show the calls of a failed one."""
    try:
        result = yield
    except BaseException:  # among them pytest's own, for tests that fail or are skipped by a word
        opened = item.stash.get(_OPENED, None)
        if opened is not None:
            # The test's own failure is the one that is raised; the script's are told beside it.
            _show_calls(item, opened, *opened.take_faults())
        raise
    opened = item.stash.get(_OPENED, None)
    if opened is not None:
        faults = opened.take_faults()
        if faults:
            _show_calls(item, opened)
            _fail(faults)
    return result


def _show_calls(item: pytest.Item, opened: "FakeLLM", *faults: str) -> None:
    item.add_report_section("call", "fake_llm", "\n".join([opened.describe(), *faults]))


def _fail(faults: Sequence[str]) -> None:
    """Fail without a traceback: it would be this module's."""
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
