"""How far the writing of an order is: from the agreed plan and the journal, in three statements."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations import pace
from integrations.models import Lane, RemoteStep, SendPlan, SyncTask
from purchasing.models import PurchaseOrder

Done = RemoteStep.State.DONE


@dataclass(frozen=True, slots=True)
class Stage:
    """One group of the plan: how many of its writes are done."""

    title: str
    done: int
    planned: int
    state: str  # sure, slow, wait, stopped


@dataclass(slots=True)
class Progress:
    """The story of one order's writing, as a page shows it."""

    order: PurchaseOrder
    plan: SendPlan
    stages: list[Stage] = field(default_factory=list)
    done: int = 0
    planned: int = 0
    tasks: list[SyncTask] = field(default_factory=list)
    trouble: SyncTask | None = None
    waits_until: Any = None
    wait_text: str = ""

    @property
    def is_over(self) -> bool:
        """Nothing more will happen by itself."""
        return (self.plan.finished_at is not None and not self.tasks) or self.trouble is not None

    @property
    def seconds_left(self) -> int:
        share = 1 - self.done / self.planned if self.planned else 0
        return max(round(int(self.plan.summary.get("seconds", 0)) * share), 1)


def tasks_of(order: PurchaseOrder) -> list[SyncTask]:
    """What is still to be told to the POS about this order."""
    deliveries = order.deliveries.values_list("pk", flat=True)
    subjects = [f"{kind}:{order.pk}" for kind in ("send-order", "undo-order", "images")]
    subjects += [f"receive:{pk}" for pk in deliveries]
    return list(SyncTask.objects.filter(subject__in=subjects).select_related("connection"))


def progress_of(order: PurchaseOrder) -> Progress | None:
    """None where nobody has agreed to a plan yet."""
    plan = SendPlan.objects.filter(order=order).first()
    if plan is None:
        return None
    rows = RemoteStep.objects.filter(order=order, delivery=None, generation=plan.generation)
    done = Counter(rows.filter(state=Done).values_list("kind", flat=True))
    progress = Progress(order, plan, tasks=tasks_of(order))
    progress.trouble = next((task for task in progress.tasks if task.trouble), None)
    _fill_stages(progress, done)
    _fill_wait(progress)
    return progress


def _fill_stages(progress: Progress, done: Counter[str]) -> None:
    reached = True
    for group in progress.plan.summary.get("groups", ()):
        if not group["kinds"]:
            continue
        planned = group["calls"]
        written = min(sum(done[kind] for kind in group["kinds"]), planned)
        progress.planned += planned
        progress.done += written
        if written >= planned:
            state = "sure"
        elif reached:
            state, reached = ("stopped" if progress.trouble else "slow"), False
        else:
            state = "wait"
        progress.stages.append(Stage(group["title"], written, planned, state))


def _fill_wait(progress: Progress) -> None:
    """A pause that was asked for: until when, and why."""
    if not progress.tasks or progress.trouble:
        return
    now = timezone.now()
    task = progress.tasks[0]
    lane = Lane.objects.filter(connection_id=task.connection_id).first()
    if lane and lane.paused_until and lane.paused_until > now:
        progress.waits_until = lane.paused_until
    elif task.not_before > now:
        progress.waits_until, progress.wait_text = task.not_before, task.wait_text
    elif lane and task.claimed_at and _has_fallen_silent(lane):
        progress.waits_until = max(lane.claim_until or now, now)
        progress.wait_text = _("The worker that wrote it stopped; another takes over by itself.")


def _has_fallen_silent(lane: Lane) -> bool:
    """Nobody renewed the lease for longer than any one call may take: its holder is gone."""
    if lane.claim_until is None:
        return False
    spare = pace.wait(pace.LEASE_SECONDS - pace.DEADLINE_SECONDS)
    return lane.claim_until < timezone.now() + spare
