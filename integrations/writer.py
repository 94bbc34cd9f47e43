"""The writer that the settings describe: none without a key, so that everything works without one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from integrations.settings import Settings

if TYPE_CHECKING:
    from integrations.llm import OpenAiWriter


@asynccontextmanager
async def writing(settings: Settings) -> "AsyncIterator[OpenAiWriter | None]":
    """The writer, or None when no model is configured. Its connections are closed at the end."""
    if settings.openai_api_key is None and settings.openai_base_url is None:
        yield None
        return
    from integrations.llm import OpenAiWriter

    writer = OpenAiWriter.of(settings)
    try:
        yield writer
    finally:
        await writer.aclose()
