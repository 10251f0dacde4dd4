"""Log lines: one JSON object each on stderr, with nothing in them that leads to a person."""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

_FRAMES = 8  # innermost ones of an error that are logged; the framework's own come before them


class _Stderr:
    """Standard error as it is when a line is written: it may be exchanged, and is in tests."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def make_log(level: str, stream: TextIO | None = None) -> FilteringBoundLogger:
    """Return a log that writes lines of at least this level, by default to stderr."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream or _Stderr()),  # type: ignore[arg-type]  # write and flush are all it calls
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return log


class JsonLines(logging.Formatter):
    """Lines of other libraries in the same shape.

    Of an error in them only its kind is told: its text may hold what somebody asked.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one JSON object."""
        line: dict[str, Any] = {"event": record.getMessage(), "logger": record.name}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        line["level"] = record.levelname.lower()
        line = dict(structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", line))
        return str(structlog.processors.JSONRenderer()(None, "", line))


def logging_config(level: str) -> dict[str, Any]:
    """Return the configuration of Python's own logging, which the server and libraries write to."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "api.logs.JsonLines"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
        },
        "loggers": {"_granian": {"handlers": ["stderr"], "propagate": False}},
        "root": {"handlers": ["stderr"], "level": "ERROR" if level == "error" else "WARNING"},
    }


def log_error(log: FilteringBoundLogger, error: BaseException, **facts: object) -> str:
    """Log where an error arose, but not its text, which may hold ids; return the reference of the line."""
    reference = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("unexpected error", error=type(error).__name__, reference=reference, where=where, **facts)
    return reference
