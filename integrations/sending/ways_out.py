"""The ways out of a stopped send: on as it was agreed, back to the review, or all of it back.

A stop names something a person has to change: a name the POS refuses, a SKU that is taken, an
order the brand cancelled. Each of them has a way that the page offers.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from integrations.engine import ask, retry
from integrations.models import RemoteStep, SendPlan, SyncTask
from purchasing.errors import OrderError
from purchasing.models import PurchaseOrder
from retailers.models import User

Status = PurchaseOrder.Status
State = RemoteStep.State
GO_ON_CANCELLED = "go_on_cancelled"


def stopped_send(order: PurchaseOrder) -> SyncTask | None:
    """The parked task that was to write this order, None while it runs or when it is through."""
    tasks = SyncTask.objects.filter(subject=f"send-order:{order.pk}", claimed_at=None)
    return tasks.exclude(trouble="").first()


def way_back(order: PurchaseOrder) -> str:
    """Where a stopped order can go: "review", "undo" (its head is in the POS), or "" (nowhere).

    Nowhere while it is not known whether the head is in the POS: that has to be looked up first.
    """
    if order.status != Status.SENDING or stopped_send(order) is None:
        return ""
    heads = RemoteStep.objects.filter(
        order=order, kind="consignment", generation=SendPlan.objects.get(order=order).generation
    )
    states = set(heads.values_list("state", flat=True))
    if states & {State.SENT, State.AMBIGUOUS}:
        return ""
    return "undo" if State.DONE in states or order.pos_choice == "adopt" else "review"


@transaction.atomic
def back_to_review(order: PurchaseOrder, *, by: User) -> None:
    """Change something although writing has begun. Raises OrderError when it is too late.

    What is written stays written, under the same generation: the next send finds it done.
    """
    if way_back(order) != "review":
        raise OrderError(
            _("Order %s is being written; nothing of it can be changed now.") % order.number
        )
    text = _(
        "Went back to the review. What is in Lightspeed already stays and is not written again."
    )
    order.move(Status.SENDING, Status.TO_REVIEW, by=by, text=text)
    _drop_send(order)
    # Agreeing again asks them again, also about what did not change.
    RemoteStep.objects.filter(order=order, state=State.FAILED).update(
        state=State.PREPARED, tries=0, trouble_text=""
    )


@transaction.atomic
def take_back_stopped(order: PurchaseOrder, *, by: User) -> None:
    """Take back a half-written order: its head is cancelled, unused products go."""
    if way_back(order) != "undo":
        raise OrderError(_("Order %s cannot be taken back now.") % order.number)
    plan = SendPlan.objects.get(order=order)
    text = _("Takes back what was written to Lightspeed.")
    order.move(Status.SENDING, Status.SENDING, by=by, text=text)
    _drop_send(order)
    ask(plan.connection, f"undo-order:{order.pk}", by=by, priority=SyncTask.PRIORITY_PERSON)


def _drop_send(order: PurchaseOrder) -> None:
    """Ends the parked task; a worker or a colleague who was faster wins."""
    gone, _rows = (
        SyncTask.objects.filter(subject=f"send-order:{order.pk}", claimed_at=None)
        .exclude(trouble="")
        .delete()
    )
    if not gone:
        raise OrderError(_("Order %s is being written again.") % order.number)


@transaction.atomic
def go_on(task: SyncTask, *, by: User) -> None:
    """Try again; after a stop because the brand cancelled, that is a yes to writing it anyway."""
    if task.kind == "send-order" and task.trouble_facts.get("cancelled"):
        plan = SendPlan.objects.select_for_update().get(order_id=int(task.key))
        plan.summary = {**plan.summary, GO_ON_CANCELLED: True}
        plan.save(update_fields=["summary"])
    retry(task, by=by)
