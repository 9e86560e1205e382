"""Structured logs: UTC, one line an event, secrets removed before anything is written."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = re.compile(
    r"authorization|cookie|token|secret|password|oauth_(signature|verifier)|^code$|field_key", re.I
)
_SECRET_TEXT = re.compile(
    r"(?i)((?:access_token|refresh_token|client_secret|oauth_[a-z_]+|authorization|bearer|password)"
    r"[\"']?\s*[=: ]\s*[\"']?)([^\s\"'&,}]+)"
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove values under secret names, and secret-looking pairs inside texts."""
    for name, value in event.items():
        if name != "event" and _SECRET_NAMES.search(name):
            event[name] = "[removed]"
        elif isinstance(value, str):
            event[name] = _SECRET_TEXT.sub(r"\1[removed]", value)
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]

structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def logging_config(*, level: str, json: bool) -> dict[str, Any]:
    """Django's LOGGING: JSON lines in production, plain lines elsewhere."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "urllib3": {"level": "INFO"},
            "django.server": {"handlers": ["stderr"], "level": level, "propagate": False},
        },
    }
