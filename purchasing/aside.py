"""Orders handled elsewhere: older than the shop's start, or entered by hand. Reversible."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils.translation import gettext as _

from purchasing.models import PurchaseOrder
from retailers.models import Event, User, subject_of

Status = PurchaseOrder.Status
MAY_GO = (Status.WATCHING, Status.TO_REVIEW, Status.APPROVED)


@transaction.atomic
def mark_elsewhere(orders: Sequence[int], *, by: User) -> int:
    """Set these orders aside; how many. Those already written or received are left alone."""
    rows = PurchaseOrder.objects.filter(pk__in=orders, status__in=MAY_GO).select_for_update()
    found = list(rows)
    PurchaseOrder.objects.filter(pk__in=[order.pk for order in found]).update(
        status_before_elsewhere=F("status"), status=Status.ELSEWHERE, lock=F("lock") + 1
    )
    _tell_all(found, "elsewhere", _("Marked as handled elsewhere."), by)
    return len(found)


@transaction.atomic
def bring_back(orders: Sequence[int], *, by: User) -> int:
    """Bring orders back to where they were; how many.

    One that the brand made final meanwhile comes back to be reviewed.
    """
    rows = PurchaseOrder.objects.filter(pk__in=orders, status=Status.ELSEWHERE).select_for_update()
    found = list(rows)
    final = [str(status) for status in PurchaseOrder.FINAL_AT_BRAND]
    PurchaseOrder.objects.filter(pk__in=[order.pk for order in found]).update(
        status=Case(
            When(brand_status="cancelled", then=Value(Status.CANCELLED)),
            When(brand_status__in=final, then=Value(Status.TO_REVIEW)),
            default=Value(Status.WATCHING),
        ),
        status_before_elsewhere="",
        lock=F("lock") + 1,
    )
    _tell_all(found, "brought_back", _("Brought back from “handled elsewhere”."), by)
    return len(found)


def _tell_all(orders: Sequence[PurchaseOrder], verb: str, text: str, by: User) -> None:
    Event.objects.bulk_create(
        [
            Event(
                retailer_id=order.retailer_id,
                subject=subject_of(order),
                verb=verb,
                text=text,
                actor=by,
            )
            for order in orders
        ]
    )
