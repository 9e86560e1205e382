"""What the engine's tests share: a connection, a handler that can be told what to do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations import engine, slices
from integrations.engine import Job
from integrations.models import Connection, Lane, SyncTask
from retailers.scope import unscoped
from tests.factories import ConnectionFactory

KIND = "try-out"


class Handler:
    """A handler that remembers what it was given and does what the test says."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.act: Callable[[Job], Any] = lambda job: None

    def __call__(self, job: Job) -> None:
        self.seen.append(job.key)
        self.act(job)


HANDLER = Handler()


def handle(job: Job) -> None:
    HANDLER(job)


def connected(shop: Any, **facts: Any) -> Connection:
    return ConnectionFactory(retailer=shop, state=Connection.State.ACTIVE, **facts)


def wanted(connection: Connection, key: str = "1", **facts: Any) -> SyncTask:
    return engine.ask(connection, f"{KIND}:{key}", **facts)


def row(task: SyncTask) -> SyncTask | None:
    with unscoped():
        return SyncTask.objects.filter(pk=task.pk).first()


def make_due(task: SyncTask) -> None:
    """As if its waiting time had passed."""
    with unscoped():
        SyncTask.objects.filter(pk=task.pk).update(not_before=timezone.now() - timedelta(seconds=1))


def lane(connection: Connection) -> Lane:
    return Lane.objects.get(connection=connection)


work = slices.work
