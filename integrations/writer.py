"""The writer that the settings describe: none without a key, so that everything works without one."""

from integrations.settings import Settings
from tools.ports import Writer


def writer_of(settings: Settings) -> Writer | None:
    """Build the writer, or None when no model is configured."""
    if settings.openai_api_key is None and settings.openai_base_url is None:
        return None
    from integrations.llm import OpenAiWriter

    return OpenAiWriter.of(settings)
