"""The one tree of errors of the pipeline; the command line prints them without a traceback.

CodegenError
├── SourceError    the full document can't be found, or isn't the locked one
├── OverrideError  an override no longer fits what it overrides
├── CoverageError  the declared fields aren't those of the contract
├── SettingsError  the docs have no place for the tables of settings
├── ContractError  the trimmed contract is not what the generator can promise to handle
└── StaleError     an output is not what its input makes
"""


class CodegenError(Exception):
    """Base of every error that the pipeline raises on purpose."""


class SourceError(CodegenError):
    """The full document can't be found, or isn't the one that `spec/source.lock` names."""


class OverrideError(CodegenError):
    """An override in `spec/overrides.toml` is malformed, or upstream is no longer what it expects."""


class ContractError(CodegenError):
    """The trimmed contract contradicts itself, or says something that the generator doesn't know."""


class CoverageError(CodegenError):
    """The fields that the handlers declare aren't those of the contract."""


class StaleError(CodegenError):
    """A file is not what the pipeline would make of its input; the message begins with a short diff."""


class SettingsError(CodegenError):
    """The docs have no place for the tables of settings."""
