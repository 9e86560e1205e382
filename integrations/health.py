"""Is it alive, and is it ready? For load balancers, supervisors and people on call.

No version, host or secret is told; what is wrong is said in one word each.
"""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from integrations.models import SyncTask, WorkerBeat
from integrations.tasks import BEAT
from retailers.scope import unscoped

STALE = timedelta(seconds=180)
LATE = timedelta(minutes=5)


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up; asks nobody."""
    return JsonResponse({"ok": True})


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """It can do its work: database, migrations, queue, and a worker that beats."""
    wrong = troubles()
    return JsonResponse({"ok": not wrong, "wrong": wrong}, status=503 if wrong else 200)


def troubles() -> list[str]:
    """What keeps us from being ready, [] when nothing does."""
    if not _database_writes():
        return ["database"]
    checks = {
        "migrations": _migrated(),
        "queue": _broker_answers(),
        "worker": beat_is_fresh(),
    }
    return [name for name, fine in checks.items() if not fine]


def beat_is_fresh() -> bool:
    """Did a beat come through the whole queue within three minutes?"""
    return WorkerBeat.objects.filter(name=BEAT, last_seen__gte=timezone.now() - STALE).exists()


def oldest_is_late() -> bool:
    """Has something been due for more than five minutes although nobody holds it up?"""
    now = timezone.now()
    with unscoped():
        due = SyncTask.objects.filter(trouble="", claimed_at=None, not_before__lt=now - LATE)
        return (
            due.exclude(connection__lane__paused_until__gt=now)
            .filter(connection__state="active", retailer__active=True)
            .exists()
        )


def _database_writes() -> bool:
    """A write that is taken back: a full disk or a read-only file shows here."""
    try:
        with transaction.atomic():
            WorkerBeat.objects.create(name="readyz", last_seen=timezone.now())
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return True


def _migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker_answers() -> bool:
    try:
        return bool(get_broker().ping())
    except Exception:
        return False
