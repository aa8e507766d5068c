"""Every setting, declared once: `option.py` says how, `DECLARED` has all that users can set.

Nothing here serves or loads anything; the parts of the package import their settings from here.
"""

from fake_llm_server._settings.answers import AnswerRules as AnswerRules
from fake_llm_server._settings.engine import EngineSettings as EngineSettings
from fake_llm_server._settings.models import DEFAULT_MODEL as DEFAULT_MODEL
from fake_llm_server._settings.models import Load as Load
from fake_llm_server._settings.models import LoadSettings as LoadSettings
from fake_llm_server._settings.models import ModelNames as ModelNames
from fake_llm_server._settings.models import ModelSettings as ModelSettings
from fake_llm_server._settings.option import Setting as Setting
from fake_llm_server._settings.option import list_settings as list_settings
from fake_llm_server._settings.server import NESTED as NESTED
from fake_llm_server._settings.server import ServerSettings as ServerSettings
from fake_llm_server._settings.server_options import ServerOptions as ServerOptions

DECLARED = (ModelNames, ModelSettings, LoadSettings, ServerSettings, EngineSettings, AnswerRules)
"""The classes whose fields are settings."""
