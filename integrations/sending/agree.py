"""Saying yes to a plan, going back from it, and answering for an order found in the POS."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.engine import ask
from integrations.models import Connection, SendPlan, SyncTask
from integrations.sending.plan import Plan
from purchasing.errors import OrderError
from purchasing.models import PurchaseOrder
from purchasing.pricing import read_rate
from retailers.models import User, tell

Status = PurchaseOrder.Status


def pos_connection() -> Connection | None:
    """The shop's X-Series connection, None before it is made."""
    return Connection.objects.filter(system=Connection.System.XSERIES).first()


@transaction.atomic
def agree(plan: Plan, *, by: User) -> None:
    """Start writing. Raises OrderError when something is open or somebody was faster."""
    order = plan.wanted.order
    if plan.blockers:
        raise OrderError(" ".join(plan.blockers))
    order.move(
        Status.APPROVED,
        Status.SENDING,
        by=by,
        text=_("Agreed to the plan: %(calls)d calls, %(lines)d lines, %(units)d units.")
        % {"calls": plan.calls, "lines": len(plan.wanted.lines), "units": plan.wanted.units},
    )
    SendPlan.objects.update_or_create(
        order=order,
        defaults={
            "retailer_id": order.retailer_id,
            "connection": plan.wanted.connection,
            "calls": plan.calls,
            "approved_by": by,
            "approved_at": timezone.now(),
            "summary": plan.summary()
            | {"lookalikes": [row.remote_id for row in plan.wanted.lookalikes]},
        },
    )
    ask(
        plan.wanted.connection,
        f"send-order:{order.pk}",
        by=by,
        priority=SyncTask.PRIORITY_PERSON,
    )


@transaction.atomic
def reopen(order: PurchaseOrder, *, by: User) -> None:
    """Back to the review, as long as nothing is being written."""
    order.move(Status.APPROVED, Status.TO_REVIEW, by=by, text=_("Went back to the review."))


@transaction.atomic
def set_rate(order: PurchaseOrder, text: str, *, by: User) -> None:
    """What one unit of the order's currency is in the shop's. Raises OrderError on nonsense."""
    rate = read_rate(text)
    changed = PurchaseOrder.objects.filter(pk=order.pk, status=Status.APPROVED).update(
        exchange_rate=rate
    )
    if changed != 1:
        raise OrderError(_("This order is being written already."))
    tell(
        order,
        "rate",
        _("One %(theirs)s is %(rate)s %(ours)s for this order.")
        % {
            "theirs": order.currency,
            "rate": f"{rate.normalize():f}",
            "ours": order.retailer.currency,
        },
        actor=by,
    )


@transaction.atomic
def answer_lookalike(order: PurchaseOrder, *, choice: str, remote_id: str, by: User) -> None:
    """An order of this number is in the POS already: use it, or keep apart."""
    if choice not in {"adopt", "apart"}:
        raise OrderError(_("Choose: use the order in Lightspeed, or keep them apart."))
    changed = PurchaseOrder.objects.filter(pk=order.pk, status=Status.APPROVED).update(
        pos_choice=choice, pos_choice_id=remote_id if choice == "adopt" else ""
    )
    if changed != 1:
        raise OrderError(_("This order is being written already."))
    text = (
        _("Uses the order that is in Lightspeed already.")
        if choice == "adopt"
        else _("Keeps the order in Lightspeed apart; ours is written as a new one.")
    )
    tell(order, "lookalike", text, actor=by)
