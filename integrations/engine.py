"""Asking for work, and what a handler works with.

`ask` writes one SyncTask row, in the caller's transaction: the row is the truth, and the queue
message that follows the commit is only a wake-up. `integrations.slices` runs what is due.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from integrations import lanes, pace
from integrations.lanes import Fence
from integrations.models import Connection, RemoteStep, SyncTask
from retailers.models import Retailer, User
from retailers.scope import WrongRetailer, acting_for, current_retailer_id

logger = logging.getLogger(__name__)

# One handler a kind, by dotted path: after a rename, waiting tasks only need this line changed.
HANDLERS: dict[str, str] = {
    "pull-orders": "integrations.nuorder.sync.pull_orders",
    "read-order": "integrations.nuorder.sync.read_order",
    "items": "integrations.nuorder.sync.items",
    "mirror": "integrations.xseries.sync.mirror",
    "look": "integrations.xseries.sync.look",
    "match": "integrations.xseries.sync.match_again",
    "refresh-token": "integrations.xseries.sync.refresh_token",
    "send-order": "integrations.sending.send.send_order",
    "receive": "integrations.sending.receive.receive",
    "undo-order": "integrations.sending.undo.undo_order",
    "images": "integrations.sending.images.send_images",
}
# The same words for both systems.
SYSTEM_HANDLERS: dict[tuple[str, str], str] = {
    ("nuorder", "connect-start"): "integrations.nuorder.sync.connect_start",
    ("nuorder", "connect-finish"): "integrations.nuorder.sync.connect_finish",
    ("nuorder", "test"): "integrations.nuorder.sync.test",
    ("xseries", "connect-finish"): "integrations.xseries.sync.connect_finish",
    ("xseries", "test"): "integrations.xseries.sync.test",
}
# What may run while a connection is not (or no longer) connected: everything else waits for it.
SHAKING_HANDS = frozenset({"connect-start", "connect-finish", "test"})
# Asked again by the clock: an outage does not leave them waiting for a person for ever.
RECURRING = frozenset({"pull-orders", "mirror", "refresh-token"})
# Which steps of the journal belong to a task of this kind, by the number in its subject.
_STEPS_OF = {
    "send-order": "order_id",
    "undo-order": "order_id",
    "images": "order_id",
    "receive": "delivery_id",
}


class Later(Exception):
    """Park the task until then; not a failure."""

    def __init__(self, until: datetime, text: str) -> None:
        super().__init__(text)
        self.until = until
        self.text = text


class Stop(Exception):
    """A person has to act; the text says what about."""

    def __init__(
        self, trouble: SyncTask.Trouble, text: str, facts: dict[str, Any] | None = None
    ) -> None:
        super().__init__(text)
        self.trouble = trouble
        self.text = text
        self.facts = facts or {}


class SliceOver(Exception):
    """This run has used its time; the engine goes on with the task in the next one."""


@dataclass
class Job:
    """A claimed task, the connection it is for, and the proof that we hold the lane."""

    task: SyncTask
    connection: Connection
    fence: Fence
    _sending: bool = False

    @property
    def retailer(self) -> Retailer:
        return self.connection.retailer

    @property
    def key(self) -> str:
        return self.task.key

    def keep_going(self) -> None:
        """Renew the lease; raises LostLane, and SliceOver when this run has used its time.

        Call it between two pieces of work that are safe to be apart. Before each call to the
        other side it runs by itself (`Caller(before_call=job.keep_going)`).
        """
        if not self._sending and self.fence.used() > pace.SLICE_SECONDS:
            raise SliceOver
        lanes.renew(self.fence)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """From "marked as sent" to "done" the slice does not end: what was begun is finished."""
        self._sending = True
        try:
            yield
        finally:
            self._sending = False

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[None]:
        """A transaction that first proves that the lane is still ours; raises LostLane."""
        with lanes.fenced(self.fence, durable=durable):
            yield


def handler_of(system: str, kind: str) -> Callable[[Job], None]:
    """The function that does tasks of this kind; raises LookupError for an unknown one."""
    path = HANDLERS.get(kind) or SYSTEM_HANDLERS.get((system, kind))
    if path is None:
        raise LookupError(f"Nobody handles “{kind}” for {system}.")
    handler: Callable[[Job], None] = import_string(path)
    return handler


def ask(
    connection: Connection,
    subject: str,
    *,
    by: User | None = None,
    priority: int = SyncTask.PRIORITY_READ,
    not_before: datetime | None = None,
) -> SyncTask:
    """Want one thing done: `kind:key`. Asking twice is asking once.

    While it is being worked on, one more run is remembered. A person's asking also ends a
    trouble; the clock's does not. The wake-up follows the commit.
    """
    if current_retailer_id() not in (None, connection.retailer_id):
        raise WrongRetailer(f"{subject} of retailer {connection.retailer_id} was asked by another.")
    if subject.find(":") < 1:
        raise ValueError(f"{subject!r} is not kind:key")
    lanes.lane_of(connection.pk)
    moment = not_before or timezone.now()
    with acting_for(connection.retailer_id), transaction.atomic():
        task = _join_or_create(connection, subject, by, priority, moment)
        wake_after_commit(connection.pk)
    return task


def _join_or_create(
    connection: Connection, subject: str, by: User | None, priority: int, moment: datetime
) -> SyncTask:
    rows = SyncTask.objects.filter(connection=connection, subject=subject)
    for _ in range(10):
        if rows.exists():
            if rows.exclude(claimed_at=None).update(asked_again=True):
                break
            if _join(rows, by, priority, moment):
                break
            continue  # it was done at this moment
        try:
            with transaction.atomic():
                return SyncTask.objects.create(
                    retailer_id=connection.retailer_id,
                    connection=connection,
                    subject=subject,
                    asked_by=by,
                    priority=priority,
                    not_before=moment,
                )
        except IntegrityError:
            continue  # somebody asked at the same moment: join theirs
    return rows.get()


def _join(rows: Any, by: User | None, priority: int, moment: datetime) -> bool:
    """Add our wish to a waiting row; a person's wish also ends its trouble and its waiting."""
    waiting = rows.filter(claimed_at=None)
    changes: dict[str, Any] = {"priority": Least("priority", priority)}
    if by is not None:
        return bool(waiting.update(**changes, **_fresh(moment), asked_by=by))
    changes_now = {**changes, "not_before": Least("not_before", moment)}
    if waiting.filter(trouble="", attempts=0).update(**changes_now):
        return True
    return bool(waiting.update(**changes))  # backing off, or waiting for a person: not hurried


def _fresh(moment: datetime) -> dict[str, Any]:
    return {
        "not_before": moment,
        "attempts": 0,
        "crashes": 0,
        "trouble": "",
        "trouble_text": "",
        "trouble_facts": {},
        "wait_text": "",
    }


def retry(task: SyncTask, by: User | None = None) -> None:
    """Try again what stopped: ends its trouble and lets refused or open steps be sent again.

    Each thing is still written once: a step that was done stays done, and an open one is looked
    up first.
    """
    with acting_for(task.retailer_id), transaction.atomic():
        rows = SyncTask.objects.filter(pk=task.pk, claimed_at=None)
        changes = _fresh(timezone.now()) | ({"asked_by": by} if by else {})
        if rows.update(**changes):
            _reopen_steps(task)
        wake_after_commit(task.connection_id)


def _reopen_steps(task: SyncTask) -> None:
    column = _STEPS_OF.get(task.kind)
    if column is None or not task.key.isdigit():
        return
    steps = RemoteStep.objects.filter(connection_id=task.connection_id, **{column: int(task.key)})
    steps.filter(state=RemoteStep.State.FAILED).update(
        state=RemoteStep.State.PREPARED, tries=0, trouble_text=""
    )
    # Stays ambiguous, so it is looked up first; but it may be sent again if nothing is found.
    steps.filter(state=RemoteStep.State.AMBIGUOUS).update(tries=0)


def dismiss(task: SyncTask) -> bool:
    """No longer wanted; False when it is being worked on right now."""
    with acting_for(task.retailer_id):
        deleted, _ = SyncTask.objects.filter(pk=task.pk, claimed_at=None).delete()
    return bool(deleted)


# --- the wake-up -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wake:
    """The message that follows a commit; equal for one lane, so that many asks wake it once."""

    connection_id: int

    def __call__(self) -> None:
        wake(self.connection_id)


def wake_after_commit(connection_id: int) -> None:
    """Wake the lane once when the transaction in force commits (at once when there is none)."""
    message = _Wake(connection_id)
    # What a rolled-back savepoint had registered is gone from this list, so one found here holds.
    waiting = transaction.get_connection().run_on_commit
    if all(known != message for _, known, *_ in waiting):
        transaction.on_commit(message)


def wake(connection_id: int) -> None:
    """Send a wake-up; a broker that is down is counted and forgiven: the sweeper comes by."""
    enqueue("integrations.tasks.wake", connection_id)


def enqueue(function: str, *numbers: int) -> None:
    """Hand a function of `integrations.tasks` to the queue; numbers only, no pickled things."""
    try:
        async_task(function, *numbers)
    except Exception:
        logger.warning("The queue did not take %s; the sweeper will.", function, exc_info=True)
