"""The stage that writes what is made of the declared settings: the docs' tables, the types of arguments."""

from pathlib import Path

from codegen import repository
from codegen.errors import SettingsError
from fake_llm_server._settings.reference import write_server_options, write_tables

BEGIN = "<!-- Made by `python -m codegen settings` from the declarations in _settings. Don't edit it. -->"
END = "<!-- End of what is made. -->"


def write_settings() -> dict[Path, str]:
    """The files as they should be.

    Raises:
        SettingsError: the page has no place for the tables.
    """
    page = repository.SETTINGS_PAGE.read_text(encoding="utf-8")
    return {
        repository.SERVER_OPTIONS: write_server_options(),
        repository.SETTINGS_PAGE: fill_page(page, write_tables()),
    }


def fill_page(page: str, tables: str) -> str:
    """Put the tables between the two marks of a page.

    Raises:
        SettingsError: a mark is missing.
    """
    before, has_begin, rest = page.partition(BEGIN)
    _, has_end, after = rest.partition(END)
    if not has_begin or not has_end:
        raise SettingsError(f"The page of settings lacks a mark; it needs both of them:\n{BEGIN}\n{END}")
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"
