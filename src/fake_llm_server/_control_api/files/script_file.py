"""Reads a script file, and says of what is wrong in it in which line it stands."""

from pathlib import Path

from fake_llm_server._control_api.documents.reading import DocumentError, read_document
from fake_llm_server._control_api.documents.scopes import ScriptFile
from fake_llm_server._control_api.files.text_formats import TextError, parse_text
from fake_llm_server._errors import ConfigurationError


def read_script_file(file: Path) -> ScriptFile:
    """What a file writes into scopes.

    Raises:
        ConfigurationError: it can't be read, or has what it can't have; each line of the message is
            `file:line: path: reason`.
    """
    try:
        parsed = parse_text(file.read_text(encoding="utf-8-sig"), file)
        return read_document(ScriptFile, {} if parsed.value is None else parsed.value)
    except OSError as error:
        raise ConfigurationError(f"{file}: it can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: it isn't UTF-8: {error}.") from error
    except TextError as error:
        raise ConfigurationError(f"{_write_where(file, error.line)}: {error}.") from error
    except DocumentError as error:
        lines = [f"{_write_where(file, parsed.find_line(fault.place))}: {fault}" for fault in error.faults]
        raise ConfigurationError("\n".join(lines)) from error


def _write_where(file: Path, line: int | None) -> str:
    return str(file) if line is None else f"{file}:{line}"
