"""What is looked at before anything starts: waits that hold, and a database that keeps its word."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from integrations import pace

# The sandbox shows new things in lists after two seconds at most, and is late by no more.
LONGEST_SANDBOX_LAG_SECONDS = 2.0


@register
def waits_hold(**_: Any) -> list[CheckMessage]:
    """SYNC_TIME_SCALE shortens waits for tests and the demo; in production it is 1."""
    scale = settings.SYNC_TIME_SCALE
    if scale != 1.0 and not (settings.DEMO or settings.TESTING):
        return [
            Error(
                "SYNC_TIME_SCALE is for the tests and the demo: with shorter waits a write may "
                "be sent twice.",
                hint="Leave it out.",
                id="integrations.E001",
            )
        ]
    if settings.DEMO and pace.scaled(pace.SETTLE_SECONDS) <= LONGEST_SANDBOX_LAG_SECONDS:
        return [
            Error(
                f"SYNC_TIME_SCALE={scale} settles in {pace.scaled(pace.SETTLE_SECONDS):g} s, "
                "which is not longer than the sandbox may lag.",
                id="integrations.E002",
            )
        ]
    return []


@register(Tags.database)
def database_keeps_its_word(
    *, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """PostgreSQL must not lose a commit: a lost "sent" mark would let a write be sent twice."""
    if settings.TESTING or not databases or connections["default"].vendor != "postgresql":
        return []
    wrong: list[CheckMessage] = []
    try:
        with connections["default"].cursor() as cursor:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"SHOW {name}")
                (value,) = cursor.fetchone()
                if value == "off":
                    wrong.append(Error(f"PostgreSQL has {name} = off.", id="integrations.E003"))
    except DatabaseError:
        return []  # not reachable: whoever needs it will say so
    return wrong
