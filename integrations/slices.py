"""Working a lane: claim it, do what is due one after another, and write down how each thing ended.

A run lasts a slice (45 s) and wakes itself again. Nothing a task does can stop the next one: every
ending is a state of its own row. Only a lost lane or a kill ends a run without a word, and then
the next holder of the lane counts it.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from structlog.contextvars import bound_contextvars

from integrations import budget, engine, lanes, pace
from integrations.engine import Job, Later, SliceOver, Stop
from integrations.errors import (
    Forbidden,
    NotSent,
    RateLimited,
    Refused,
    Unauthorised,
    Unknown,
    Unreachable,
    Unreadable,
)
from integrations.lanes import Fence, LostLane
from integrations.models import Connection, Lane, SyncTask
from integrations.notices import reconnect_needed
from retailers.scope import acting_for, unscoped

logger = logging.getLogger(__name__)

MOST_FAILURES = 8
MOST_UNREADABLE = 3
MOST_CRASHES = 3
NAP_SECONDS = 2.0
Trouble = SyncTask.Trouble


def due_tasks(connection: Connection) -> QuerySet[SyncTask]:
    """What may run now on this connection, most urgent first."""
    rows = SyncTask.objects.filter(connection=connection, trouble="")
    if not connection.is_active:
        allowed = Q()
        for kind in engine.SHAKING_HANDS:
            allowed |= Q(subject__startswith=f"{kind}:")
        rows = rows.filter(allowed)
    return rows.order_by("priority", "not_before", "id")


def due_lanes(*, but: int = 0) -> list[int]:
    """Connections that have something due and are neither worked on nor told to rest.

    The most urgent first. Looks at all shops: for the sweeper and for the end of a slice.
    """
    now = timezone.now()
    shaking = Q()
    for kind in engine.SHAKING_HANDS:
        shaking |= Q(subject__startswith=f"{kind}:")
    with unscoped():
        rows = (
            SyncTask.objects.filter(trouble="", not_before__lte=now, retailer__active=True)
            .filter(Q(connection__state=Connection.State.ACTIVE) | shaking)
            .exclude(connection__state=Connection.State.OFF)
            .exclude(connection__lane__claim_until__gt=now)
            .exclude(connection__lane__paused_until__gt=now)
            .exclude(connection_id=but)
            .values("connection_id")
            .annotate(first=Min("priority"), since=Min("not_before"))
            .order_by("first", "since", "connection_id")
        )
        return [row["connection_id"] for row in rows]


def work(connection_id: int) -> int:
    """Work one lane for one slice; the number of tasks that were taken up.

    Returns 0 at once when there is nothing to do, somebody else holds the lane, or it rests.
    """
    with unscoped():
        connection = (
            Connection.objects.select_related("retailer")
            .filter(pk=connection_id, retailer__active=True)
            .exclude(state=Connection.State.OFF)
            .first()
        )
    if connection is None:
        return 0
    with acting_for(connection.retailer_id):
        if not due_tasks(connection).filter(not_before__lte=timezone.now()).exists():
            return 0
        if _others_wait(connection):
            return 0
        fence = lanes.claim(connection_id)
        if fence is None:
            return 0
        return _work_claimed(connection, fence)


def _others_wait(connection: Connection) -> bool:
    """Does this retailer hold its share of the workers while another's work waits?"""
    now = timezone.now()
    share = max(1, int(settings.Q_CLUSTER["workers"]) - 1)
    held = Lane.objects.filter(
        claim_until__gt=now, connection__retailer_id=connection.retailer_id
    ).aggregate(n=Count("id"))["n"]
    if held < share:
        return False
    with unscoped():
        waiting = SyncTask.objects.filter(trouble="", not_before__lte=now, claimed_at=None)
        return waiting.exclude(retailer_id=connection.retailer_id).exists()


def _work_claimed(connection: Connection, fence: Fence) -> int:
    taken = 0
    try:
        while fence.used() < pace.SLICE_SECONDS and not _paused(fence):
            connection.refresh_from_db()
            task = _take_next(connection, fence)
            if task is None:
                if _nap(connection, fence):
                    continue
                break
            taken += 1
            _attempt(Job(task, connection, fence))
    except LostLane:
        logger.warning("Lane of connection %s was lost; its new holder goes on.", connection.pk)
        return taken
    lanes.release(fence)
    _wake_the_next(connection)
    return taken


def _wake_the_next(connection: Connection) -> None:
    """After a slice: this lane again if something came meanwhile, and those that gave way to it."""
    if due_tasks(connection).filter(not_before__lte=timezone.now()).exists():
        engine.wake(connection.pk)
    for connection_id in due_lanes(but=connection.pk)[: int(settings.Q_CLUSTER["workers"])]:
        engine.wake(connection_id)


def _paused(fence: Fence) -> bool:
    return Lane.objects.filter(pk=fence.lane_id, paused_until__gt=timezone.now()).exists()


def _nap(connection: Connection, fence: Fence) -> bool:
    """Is something due within two seconds? Then wait for it here: the sweeper is slower."""
    soon = timezone.now() + timedelta(seconds=NAP_SECONDS)
    task = due_tasks(connection).filter(not_before__lte=soon).order_by("not_before").first()
    if task is None or fence.used() + NAP_SECONDS > pace.SLICE_SECONDS:
        return False
    lanes.renew(fence)
    time.sleep(max(0.0, (task.not_before - timezone.now()).total_seconds()) + 0.01)
    return True


# --- taking a task -----------------------------------------------------------------------------


def _take_next(connection: Connection, fence: Fence) -> SyncTask | None:
    """Claim the most urgent task. One that was left claimed broke its worker: that is counted."""
    while True:
        now = timezone.now()
        task = due_tasks(connection).filter(not_before__lte=now).first()
        if task is None:
            return None
        broke = task.claimed_at is not None
        with lanes.fenced(fence):
            rows = SyncTask.objects.filter(pk=task.pk)
            if broke and task.crashes + 1 >= MOST_CRASHES:
                text = _("It broke the worker three times. Our engineers have to look at it.")
                rows.update(**_stopped(Trouble.POISON, text, {}), crashes=F("crashes") + 1)
                continue
            rows.update(
                claimed_at=now,
                claimed_fence=fence.number,
                attempts=F("attempts") + 1,
                crashes=F("crashes") + int(broke),
                asked_again=False,
                wait_text="",
            )
        task.refresh_from_db()
        return task


def _attempt(job: Job) -> None:
    """Do one task and write down how it ended; raises LostLane only."""
    was_active = job.connection.is_active
    urgent = job.task.priority <= SyncTask.PRIORITY_WRITE
    who = {"retailer": job.connection.retailer_id, "connection": job.connection.pk}
    with (
        bound_contextvars(**who, task=job.task.pk, kind=job.task.kind),
        budget.reserve_open(urgent),
    ):
        try:
            handler = engine.handler_of(job.connection.system, job.task.kind)
            handler(job)
        except LostLane:
            raise
        except Exception as error:
            _ended_badly(job, error)
            if was_active:
                _tell_of_reconnect(job)
        else:
            _done(job)


# --- endings -----------------------------------------------------------------------------------


def _done(job: Job) -> None:
    with job.writing():
        rows = SyncTask.objects.filter(pk=job.task.pk)
        if not rows.filter(asked_again=False).delete()[0]:
            rows.update(**_released(timezone.now(), ""), attempts=0, crashes=0, asked_again=False)
        Connection.objects.filter(pk=job.connection.pk).update(
            last_ok_at=timezone.now(), last_trouble="", last_trouble_at=None
        )


def _ended_badly(job: Job, error: Exception) -> None:
    match error:
        case SliceOver():
            _park(job, timezone.now(), "")
        case Later():
            _park(job, error.until, error.text)
        case RateLimited():
            _park(job, error.until, _("Lightspeed or NuORDER asked us to wait: %s") % error)
        case Stop():
            if error.trouble == Trouble.RECONNECT:
                _reconnect(job, error.text)
            else:
                _stop(job, error.trouble, error.text, error.facts)
        case Unauthorised():
            _reconnect(job, str(error))
        case Forbidden() | Refused():
            _stop(job, Trouble.REFUSED, str(error), {"status": error.status, "raw": error.raw})
        case Unreadable():
            _back_off(job, error, most=MOST_UNREADABLE)
        case NotSent() | Unreachable() | Unknown():
            _back_off(job, error, most=MOST_FAILURES)
        case OperationalError() | InterfaceError():
            logger.warning("Our database was busy in task %s", job.task.pk, exc_info=error)
            _back_off(job, error, most=MOST_FAILURES)
        case _:
            logger.error("Task %s (%s) broke", job.task.pk, job.task.kind, exc_info=error)
            text = _("Something went wrong on our side. It has been logged; try again.")
            _stop(job, Trouble.INTERNAL, text, {"error": type(error).__name__})


def _released(not_before: datetime, text: str) -> dict[str, Any]:
    return {
        "claimed_at": None,
        "claimed_fence": None,
        "not_before": not_before,
        "wait_text": text,
    }


def _stopped(trouble: Trouble, text: str, facts: dict[str, Any]) -> dict[str, Any]:
    # Recurring work is revived by the clock after this moment (schedules.poll).
    return _released(timezone.now() + pace.wait(3600), "") | {
        "trouble": trouble,
        "trouble_text": text,
        "trouble_facts": facts,
    }


def _park(job: Job, until: datetime, text: str) -> None:
    """Goes on then; the attempt does not count."""
    with job.writing():
        SyncTask.objects.filter(pk=job.task.pk).update(
            **_released(until, text), attempts=F("attempts") - 1, crashes=0
        )


def _stop(job: Job, trouble: Trouble, text: str, facts: dict[str, Any]) -> None:
    """Waits for a person, unless it was asked for again meanwhile: then it runs once more."""
    with job.writing():
        rows = SyncTask.objects.filter(pk=job.task.pk)
        again = rows.filter(asked_again=True).update(
            **_released(timezone.now(), ""), asked_again=False, attempts=0
        )
        if not again:
            rows.update(**_stopped(trouble, text, facts))
        _note_trouble(job.connection, text)


def _back_off(job: Job, error: Exception, *, most: int) -> None:
    """Tried again after a while; after too many failures in a row a person is told."""
    failures = job.task.attempts
    text = str(error)
    if isinstance(error, OperationalError | InterfaceError):
        text = _("Our own database was busy.")
    if failures >= most and job.task.kind not in engine.RECURRING:
        facts = {"status": getattr(error, "status", None), "raw": getattr(error, "raw", "")}
        _stop(job, Trouble.UNREACHABLE, text, facts)
        return
    with job.writing():
        until = timezone.now() + pace.back_off(failures)
        SyncTask.objects.filter(pk=job.task.pk).update(**_released(until, text), crashes=0)
        if failures >= most:
            _note_trouble(job.connection, text)


def _reconnect(job: Job, text: str) -> None:
    """Their side does not know us any more: everything waits, nothing fails, the owner is told."""
    with job.writing():
        if job.task.kind in engine.SHAKING_HANDS:
            changes = _stopped(Trouble.RECONNECT, text, {})
        else:
            changes = _released(timezone.now(), _("Waits until the connection works again."))
            changes["attempts"] = F("attempts") - 1
        SyncTask.objects.filter(pk=job.task.pk).update(**changes)
        _note_trouble(job.connection, text)
        Connection.objects.filter(pk=job.connection.pk, state=Connection.State.ACTIVE).update(
            state=Connection.State.RECONNECT
        )


def _tell_of_reconnect(job: Job) -> None:
    """It was connected when the task began and is not any more: the owners get a letter."""
    with job.writing():
        job.connection.refresh_from_db()
        if job.connection.state == Connection.State.RECONNECT:
            reconnect_needed(job.connection)


def _note_trouble(connection: Connection, text: str) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        last_trouble=text, last_trouble_at=timezone.now()
    )
