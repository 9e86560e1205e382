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
    r"[\"']?\s*[=: ]\s*[\"']?(?:(?:bearer|basic|oauth)\s+)?)([^\s\"'&,}]+)"
)
# Addresses that are keys: the links in letters, and the way back from a consent page.
_SECRET_PATH = re.compile(r"(/(?:invitation|reset/key|demo-sign-in)/)[^/\s?\"']+")
_SECRET_QUERY = re.compile(r"([?&](?:code|state|key|token|verifier)=)[^&\s\"']+")


def without_secrets(text: str) -> str:
    """The text without what looks like a secret in it."""
    for pattern in (_SECRET_TEXT, _SECRET_PATH, _SECRET_QUERY):
        text = pattern.sub(r"\1[removed]", text)
    return text


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Remove values under secret names, and secret-looking pairs inside texts.

    Numbers stay: `code` is also what the status of an answer is called.
    """
    for name, value in event.items():
        if name != "event" and _SECRET_NAMES.search(name) and not isinstance(value, int):
            event[name] = "[removed]"
        elif isinstance(value, str):
            event[name] = without_secrets(value)
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
            # At DEBUG these show their working, parameters and tokens included.
            "oauthlib": {"level": "INFO"},
            "requests_oauthlib": {"level": "INFO"},
            "django.server": {"handlers": ["stderr"], "level": level, "propagate": False},
        },
    }
