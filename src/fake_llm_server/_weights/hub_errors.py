"""What the hub's errors mean to the user, and what to do about each."""

from huggingface_hub import errors

from fake_llm_server._errors import DownloadError
from fake_llm_server._weights.sources import HubSource

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
# huggingface_hub changed its HTTP library twice and lets the library's own errors through.
_HTTP_LIBRARIES = {"requests", "urllib3", "httpx", "httpx2", "httpcore", "httpcore2"}


def get_status(error: BaseException) -> int | None:
    """The HTTP status that an error of the hub's client came with, or None."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else None


def is_unreachable(error: BaseException) -> bool:
    """Whether the hub could not be asked, as against having said no."""
    status = get_status(error)
    if status is not None:
        return status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR
    return not isinstance(error, ValueError)


def is_interruption(error: BaseException) -> bool:
    """Whether a connection broke, so that going on may help."""
    return get_status(error) is None and type(error).__module__.split(".")[0] in _HTTP_LIBRARIES


def explain_hub_error(error: BaseException, source: HubSource, endpoint: str) -> DownloadError:
    """Turn an error of the hub's client into one that says what to do.

    Args:
        error: what the client raised.
        source: what was wanted.
        endpoint: where it was asked for.
    """
    where = f"{endpoint}/{source.repository}"
    match error:
        case errors.GatedRepoError():
            return DownloadError(
                f"{source.repository} is gated: accept its terms at {where}, then set HF_TOKEN to a token of "
                "the account that accepted them (or run `hf auth login`)."
            )
        case errors.RevisionNotFoundError():
            return DownloadError(f"{source.repository} has no revision {source.revision!r}; see {where}.")
        case errors.RepositoryNotFoundError():
            return DownloadError(
                f"There is no repository {where}, or it is private. Check the name; for a private "
                "repository set HF_TOKEN."
            )
        case errors.HFValidationError():
            return DownloadError(f"{source.repository!r} can't be a repository's name: {error}.")
        case errors.OfflineModeIsEnabled():
            return DownloadError(
                f"{source} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it. Fetch it with "
                f"`fake-llm-server pull {source}` where there is a network."
            )
    return DownloadError(_explain_transfer(error, source, endpoint))


def _explain_transfer(error: BaseException, source: HubSource, endpoint: str) -> str:
    status = get_status(error)
    if status == _TOO_MANY_REQUESTS:
        return f"{endpoint} refuses {source} for now: too many requests (429). Wait, or set HF_TOKEN."
    if status is not None:
        return f"{endpoint} answered {status} when asked for {source}: {_get_first_line(error)}"
    reason = _get_first_line(error.__cause__ or error)
    return (
        f"{source} could not be fetched from {endpoint}: {reason}. Check the network, the proxy settings and "
        "HF_ENDPOINT, and try again: parts that are complete are kept."
    )


def _get_first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
