"""Everything that happens by the clock, in one list.

Kept in the database by django-q2, which needs a row for each; `ensure` makes the rows agree with
this list after every migrate and whenever a worker starts.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import AppConfig
from django.db import DatabaseError
from django.db.models.signals import post_migrate
from django.utils import timezone
from django_q.models import Schedule
from django_q.signals import post_spawn

from integrations import engine

logger = logging.getLogger(__name__)
PREFIX = "po-sync: "


@dataclass(frozen=True)
class Recurring:
    """A function of `integrations.tasks`, every so many minutes, or daily at an hour (UTC)."""

    task: str
    minutes: int = 0
    hour: int = -1

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.task}"

    def row(self) -> dict[str, Any]:
        daily = self.hour >= 0
        return {
            "func": f"integrations.tasks.{self.task}",
            "schedule_type": Schedule.DAILY if daily else Schedule.MINUTES,
            "minutes": None if daily else self.minutes,
            "repeats": -1,
        }

    def first_run(self) -> datetime:
        now = timezone.now()
        if self.hour < 0:
            return now
        today = datetime.combine(now.date(), time(self.hour, 17), tzinfo=now.tzinfo)
        return today if today > now else today + timedelta(days=1)


SCHEDULES = (
    Recurring("sweep", minutes=1),
    Recurring("beat", minutes=1),
    Recurring("poll", minutes=5),
    Recurring("refresh_tokens", minutes=15),
    Recurring("prune", hour=2),
)


def ensure() -> None:
    """Make the rows agree with the list; when a schedule next runs is left as it is."""
    wanted = {one.name: one for one in SCHEDULES}
    Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=wanted).delete()
    for name, one in wanted.items():
        rows = Schedule.objects.filter(name=name).order_by("id")
        first = rows.first()
        if first is None:
            Schedule.objects.create(name=name, next_run=one.first_run(), **one.row())
            continue
        rows.exclude(pk=first.pk).delete()  # two workers started at once
        Schedule.objects.filter(pk=first.pk).update(**one.row())


def _after_migrate(sender: AppConfig, **_: Any) -> None:
    ensure()


def _worker_started(**_: Any) -> None:
    """A worker is up: what was due while none ran is found now, not in a minute."""
    try:
        ensure()
        engine.enqueue("integrations.tasks.sweep")
        engine.enqueue("integrations.tasks.beat")
    except DatabaseError:
        logger.warning("Schedules could not be checked at worker start.", exc_info=True)


def connect(app: AppConfig) -> None:
    """Called once, when the app is ready."""
    post_migrate.connect(_after_migrate, sender=app, dispatch_uid="schedules")
    post_spawn.connect(_worker_started, dispatch_uid="schedules")
