"""Logs: one structured line an event, as JSON or for people, without secrets and personal data.

Lines of the standard library's loggers (the server, the database driver) take the same way and are redacted too.
"""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from integrations.redaction import redact_field

_OWN = ("timestamp", "level", "logger")


def redact_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Redact every field of a log line except the ones that the logger itself writes."""
    return {name: value if name in _OWN else redact_field(name, value) for name, value in line.items()}


def one_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Escape control characters in the message, so that no text can forge a further line on a terminal."""
    line["event"] = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(line.get("event", "")))
    return line


def configure(*, level: str, style: Literal["json", "console"], stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error); a further call replaces the earlier configuration."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(style))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("alembic").setLevel(logging.WARNING)  # that a database is up to date is no news
    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # each job is told by what it does
    # The server's own access lines would repeat ours, with query strings in them.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_described(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _described() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(style: Literal["json", "console"]) -> logging.Formatter:
    """Redaction comes just before rendering, after exceptions have become text: their messages may quote anything."""
    rendering: list[Processor] = [structlog.processors.JSONRenderer()]
    if style == "console":
        plain = structlog.dev.plain_traceback
        rendering = [one_line, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_described(), structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact_line,
            *rendering,
        ],
    )
